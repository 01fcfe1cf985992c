import type { Sandbox } from 'spydra-sdk/sandbox';

type Fetch = typeof globalThis.fetch;
/** What becomes of one request: `forward` sends it to the server. */
export type Answer = (forward: () => Promise<Response>, init: RequestInit) => Promise<Response>;

export const html = (status: number): Response =>
  new Response('<html><body><h1>error</h1></body></html>', { status, headers: { 'content-type': 'text/html' } });
export const json = (status: number, body: unknown): Response => Response.json(body, { status });

export const reset = () => Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });

/** No answer, until the request is ended. */
const silence = ({ signal }: RequestInit): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

/** The fetch of a sandbox whose first transactions get these answers, one after the other; all later ones pass. */
export function answering(sandbox: Sandbox, answers: readonly Answer[], onTransaction = () => {}): Fetch {
  const left = [...answers];
  return (input, init = {}) => {
    // As on a network, a request that was sent is not undone by the end of its signal.
    const { signal: _, ...sent } = init;
    const forward = () => sandbox.fetch(input, sent);
    if (!String(input).endsWith('/ledger/transact')) return forward();
    onTransaction();
    return (left.shift() ?? ((pass) => pass()))(forward, init);
  };
}

/** Forwards the request, and responds with something else. */
export const onceApplied =
  (answer: Answer): Answer =>
  async (forward, init) => {
    await forward();
    return answer(forward, init);
  };

const REFUSAL = '{"code":"INSUFFICIENT_BALANCE","details":{},"message":"The balance is too small."}';

/** Responses from which nobody can tell whether a transaction was applied. */
export const UNCLEAR: Readonly<Record<string, Answer>> = {
  'a reset connection': async () => Promise.reject(reset()),
  silence: (_forward, init) => silence(init),
  '500 with HTML': async () => html(500),
  '502 with HTML': async () => html(502),
  '500 with JSON of another kind': async () => json(500, { Status: 'Error', code: 'EFABRIC', message: 'failed' }),
  '200 with an empty body': async () => new Response('', { status: 200 }),
  '200 with HTML': async () => html(200),
  '200 with an id alone': async () => json(200, { transactionId: 'ab'.repeat(32) }),
  '201 with an id of another kind': async () => json(201, { transactionId: 'tx-1', data: 'null' }),
  '200 with a receipt': async () => json(200, { receiptId: 'ab'.repeat(12) }),
  '200 with null': async () => json(200, null),
  '200 with JSON text twice': async () => json(200, JSON.stringify(JSON.stringify({ transactionId: 'ab'.repeat(32) }))),
  '200 with an error': async () => json(200, { Status: 'Error', message: 'failed' }),
  '200 with another result': async () => json(200, { transactionId: 'ab'.repeat(32), data: '{"replayed":true}' }),
  'a body that is cut off': async () => new Response('{"transactionId":"abab', { status: 200 }),
  'a redirect': async () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.test/' } }),
  '408': async () => json(408, {}),
  '409 in progress': async () => json(409, { code: 'CONFLICT', message: 'request in progress' }),
  '409 with the code of the contract for a key': async () => json(409, { code: 'IDEMPOTENCY_CONFLICT' }),
  '423': async () => json(423, {}),
  '504 with a refusal in `message`': async () => json(504, { message: `chaincode response 500, ${REFUSAL}` }),
  '500 with a refusal in `error`': async () => json(500, { error: { message: REFUSAL } }),
  '500 with a refusal in `details`': async () => json(500, { message: 'error', details: [{ message: REFUSAL }] }),
  '400 with a refusal as JSON': async () => json(400, { error: JSON.parse(REFUSAL) }),
  '500 with a refusal in JSON text in JSON text': async () =>
    json(500, { body: JSON.stringify({ error: JSON.stringify({ message: REFUSAL }) }) }),
  '500 with a refusal in plain text': async () => new Response(`Error: ${REFUSAL} at {stack}`, { status: 500 }),
  '200 with a refusal': async () => json(200, { Status: 'Error', message: REFUSAL }),
  '500 with a read conflict': async () => json(500, { message: 'failed with status code MVCC_READ_CONFLICT' }),
};
