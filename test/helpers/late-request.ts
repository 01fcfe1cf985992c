import { type SpydraClient, SpydraError } from 'spydra-sdk';
import { createSandbox, type IdempotencyMode, type Sandbox } from 'spydra-sdk/sandbox';
import { testClient } from './client.js';
import { minted } from './sandbox.js';
import { scriptedServer } from './scripted-server.js';

/**
 * A write whose first request is delayed, and a second call under its key. Times are milliseconds after the first
 * request was sent.
 */
export interface LateRequest {
  /** How the first call ends: its caller aborts it, or it gets a 502 and searches for its write. */
  readonly ending: 'aborted' | '502';
  readonly endsAfter: number;
  /** When the request reaches the ledger, within `uncertaintyWindow`. */
  readonly arrivesAfter: number;
  readonly secondAfter: number;
  /** How long responses with lists travel; their content is that when the request arrives. */
  readonly travel: number;
  /** When the system clock is stepped, and by how much. */
  readonly steps: readonly { readonly after: number; readonly by: number }[];
}

/** The environment of a run. */
export interface Place {
  readonly kind: IdempotencyMode;
  readonly uncertaintyWindow: number;
  /** Whether requests use sockets, or stay within the process. */
  readonly overHttp: boolean;
  readonly step: (by: number) => void;
}

/** How a call ended. */
export interface Ending {
  readonly outcome: 'done' | SpydraError['outcome'];
  readonly transactionId: string | undefined;
  readonly code?: string;
}

const KEY = 'order-1';
const WALLET = 'alice';
/** Calls at the end, of which one must succeed. */
const MOST_CALLS = 60;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * The results of two calls under one key and of a third one that is repeated until its outcome is known; and what was
 * committed.
 */
export async function writeTwice(late: LateRequest, place: Place) {
  const { first, mint, network, commits } = await scene(late, place);
  await network.sent;
  await wait(late.secondAfter);
  const second = endingOf(mint());
  const endings = [await first, await second];
  await network.quiet();
  for (let calls = 0; calls < MOST_CALLS && endings.at(-1)?.outcome !== 'done'; calls++) {
    await wait(place.uncertaintyWindow / 20);
    endings.push(await endingOf(mint()));
  }
  return { endings, commits: commits() };
}

/** The results of repeated reconciliations by the client that made the call; and what was committed. */
export async function reconcileMeanwhile(late: LateRequest, place: Place) {
  const { spydra, assetId, first, network, commits } = await scene(late, place);
  await first;
  const since = new Date();
  const answers: string[] = [];
  let isQuiet = false;
  void network.quiet().then(() => {
    isQuiet = true;
  });
  while (!isQuiet) {
    const answer = await spydra.transactions.reconcile(KEY, { assetId, since });
    answers.push('final' in answer && answer.final ? `${answer.state}, final` : answer.state);
    await wait(place.uncertaintyWindow / 20);
  }
  return { answers, commits: commits() };
}

/** The first call, while its request is delayed. */
async function scene(late: LateRequest, { kind, uncertaintyWindow, overHttp, step }: Place) {
  const start = Date.now();
  const clock = {
    // The clock of the server, which is never stepped.
    now: () => Math.round(start + performance.now()),
    setTimeout: (callback: () => void, delay: number) => setTimeout(callback, delay),
    clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
  };
  const sandbox = createSandbox({ idempotency: kind, clock });
  const assetId = await minted(testClient(sandbox.connection()), 1n, 1_000n);
  const { length: height } = sandbox.blocks;
  const caller = new AbortController();
  const network = new LateNetwork(sandbox, late, { uncertaintyWindow, step, abort: () => caller.abort() });
  const reach = overHttp ? await network.listen() : { fetch: network.fetch };
  const client = testClient({
    ...sandbox.connection(),
    uncertaintyWindow,
    deadline: Number.POSITIVE_INFINITY,
    ...reach,
  });
  const spydra: SpydraClient = client;
  const mint = (signal?: AbortSignal) =>
    spydra.tokens.mint({ assetId, recipientWallet: WALLET, amount: 5n }, { idempotencyKey: KEY, signal });
  return {
    spydra,
    assetId,
    network,
    mint: () => mint(),
    first: endingOf(mint(caller.signal)),
    commits: () => committedSince(sandbox, height),
  };
}

interface Surroundings extends Pick<Place, 'uncertaintyWindow' | 'step'> {
  readonly abort: () => void;
}

/** Everything between the client and the ledger. */
class LateNetwork {
  /** Resolves when the first write was sent. */
  readonly sent: Promise<void>;
  readonly #sandbox: Sandbox;
  readonly #late: LateRequest;
  readonly #around: Surroundings;
  readonly #events: Promise<unknown>[] = [];
  #onSent = () => {};
  #sentAt: number | undefined;
  #writes = 0;

  constructor(sandbox: Sandbox, late: LateRequest, around: Surroundings) {
    this.#sandbox = sandbox;
    this.#late = late;
    this.#around = around;
    this.sent = new Promise((resolve) => {
      this.#onSent = resolve;
    });
  }

  /** Resolves when no request is delayed any more and the clock was stepped for the last time. */
  async quiet(): Promise<void> {
    await this.sent;
    await Promise.all(this.#events);
  }

  /** Responds in this process, until the signal aborts. */
  readonly fetch: typeof globalThis.fetch = (url, init = {}) => {
    this.#note(init);
    const { signal, ...rest } = init;
    return Promise.race([this.#handle(String(url), rest), rejected(signal)]);
  };

  /** Responds over sockets. */
  async listen() {
    const { url } = await scriptedServer(async ({ method, path, headers, body }, response) => {
      const init = { method, headers: headers as Record<string, string>, ...(method === 'POST' ? { body } : {}) };
      const answer = await this.#handle(`https://ledger${path}`, init);
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    });
    const fetch: typeof globalThis.fetch = (target, init = {}) => {
      this.#note(init);
      return globalThis.fetch(target, init);
    };
    return { baseUrl: `${url}/v2`, fetch };
  }

  /** A write leaves the client. */
  #note({ method }: RequestInit): void {
    if (method === 'POST') this.#sentAt ??= performance.now();
  }

  async #handle(url: string, init: RequestInit): Promise<Response> {
    if (init.method === 'POST' && this.#writes++ === 0) return this.#hold(url, init);
    const answer = await this.#sandbox.fetch(url, init);
    if (new URL(url).pathname.endsWith('/transactions')) await wait(this.#late.travel);
    return answer;
  }

  async #hold(url: string, init: RequestInit): Promise<Response> {
    const { ending, endsAfter, arrivesAfter, steps } = this.#late;
    const { uncertaintyWindow, step, abort } = this.#around;
    const arrival = async () => {
      await wait(arrivesAfter);
      // On a machine that was suspended it may be too late: the request is lost.
      if (performance.now() - (this.#sentAt ?? 0) <= uncertaintyWindow) await this.#sandbox.fetch(url, init);
    };
    this.#events.push(arrival(), ...steps.map(({ after, by }) => wait(after).then(() => step(by))));
    this.#onSent();
    await wait(endsAfter);
    if (ending === '502') return Response.json({}, { status: 502 });
    abort();
    return new Promise(() => {});
  }
}

/** Never resolves; rejects when the signal aborts. */
function rejected(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function endingOf(call: PromiseLike<{ readonly transactionId: string }>): Promise<Ending> {
  return Promise.resolve(call).then(
    ({ transactionId }) => ({ outcome: 'done' as const, transactionId }),
    (error: unknown) => {
      if (!(error instanceof SpydraError)) throw error;
      const { outcome, transactionId, code } = error;
      return { outcome, transactionId, code };
    },
  );
}

/** The ids of the transactions that were committed after so many blocks. */
function committedSince(sandbox: Sandbox, height: number): readonly string[] {
  return sandbox.blocks
    .slice(height)
    .flatMap(({ transactions }) => transactions)
    .filter(({ validationCode }) => validationCode === 'VALID')
    .map(({ transactionId }) => transactionId);
}
