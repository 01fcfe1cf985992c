import { ConfigurationError, ConnectionError, NotFoundError, TransactionFailedError } from 'spydra-sdk';
import { type WebhookEvent, type WebhookOptions, WebhookReceiver } from 'spydra-sdk/webhooks';
import { describe, expect, it } from 'vitest';
import { basicHeader, CUSTOM, delivery, payload, SECRET } from '../../helpers/webhooks.js';
import { setUp } from '../chain/client.js';

const record = (transactionId: string) => ({
  transactionId,
  type: 'create',
  status: 'COMMITTED',
  timestamp: '2023-05-13T02:20:46.881413278+05:30',
});

/** A receiver of a ledger that has every transaction whose id begins with `t`, and the events that it let in. */
function receiving(more: Partial<WebhookOptions> = {}) {
  const events: WebhookEvent[] = [];
  const reads: string[] = [];
  const client: WebhookOptions['client'] = {
    transactions: {
      wait: async (transactionId) => {
        reads.push(transactionId);
        if (transactionId.startsWith('t')) return record(transactionId);
        if (transactionId.startsWith('failed')) {
          throw new TransactionFailedError('failed', { validationCode: 'MVCC_READ_CONFLICT' });
        }
        if (transactionId.startsWith('other')) return record('t1');
        if (transactionId.startsWith('away')) throw new ConnectionError('away', { retryable: true });
        throw new NotFoundError('none');
      },
    },
  };
  const receiver = new WebhookReceiver({
    client,
    authentication: { username: 'spydra', password: SECRET },
    store: new Map<string, string>(),
    onEvent: (event) => void events.push(event),
    ...more,
  });
  const status = async (request: Request) => (await receiver.handle(request)).status;
  return { receiver, status, events, reads };
}

describe('WebhookReceiver', () => {
  it('passes on the record of the ledger, and not what the delivery states', async () => {
    const { status, events } = receiving();
    expect(await status(delivery(payload('t1')))).toBe(204);
    expect(events).toEqual([{ key: 't1 CreateAsset', eventName: 'CreateAsset', record: record('t1') }]);
  });

  it.each([
    ['that the ledger does not have', 'none', 404],
    ['that failed', 'failed-1', 404],
    ['for which the ledger has another record', 'other-1', 404],
    ['while the ledger cannot be read', 'away-1', 503],
  ])('passes on no event of a transaction %s', async (_name, transactionId, expected) => {
    const { receiver, status, events } = receiving();
    expect(await status(delivery(payload(transactionId)))).toBe(expected);
    expect(events).toEqual([]);
    expect(receiver.counts).toMatchObject({
      handled: 0,
      unconfirmed: expected === 404 ? 1 : 0,
      failed: expected === 503 ? 1 : 0,
    });
  });

  it('passes on no record that is behind its transaction, and the event when it is delivered again', async () => {
    const { spydra, chain, assetId, mint } = await setUp();
    const { transactionId } = await mint('alice', 5n);
    let isBehind = true;
    chain.beforeEach = (name) => {
      if (isBehind && name === 'Record') throw new NotFoundError('There is no such transaction yet.');
    };
    const { receiver, status, events } = receiving({ client: spydra });
    expect(await status(delivery(payload(transactionId)))).toBe(503);
    expect([events, receiver.counts.failed]).toEqual([[], 1]);
    isBehind = false;
    expect(await status(delivery(payload(transactionId)))).toBe(204);
    expect(events).toMatchObject([{ record: { transactionId, type: 'mint', assetId, amount: 5n } }]);
  });

  it('handles an event once, also if it is delivered concurrently or after a restart', async () => {
    const store = new Map<string, string>();
    const first = receiving({ store });
    expect(await Promise.all([1, 2, 3].map(() => first.status(delivery(payload('t1')))))).toEqual([204, 204, 204]);
    const second = receiving({ store });
    expect(await second.status(delivery(payload('t1')))).toBe(204);
    expect(await second.status(delivery(payload('t1', 'UpdateAsset')))).toBe(204);
    expect([...first.events, ...second.events].map(({ key }) => key)).toEqual(['t1 CreateAsset', 't1 UpdateAsset']);
    expect(first.receiver.counts).toMatchObject({ handled: 1, repeated: 2 });
  });

  it('ignores events that are not listed', async () => {
    const { receiver, status, events } = receiving({ events: ['CreateAsset'] });
    expect(await status(delivery(payload('t1', 'Other')))).toBe(204);
    expect(await status(delivery(payload('t1')))).toBe(204);
    expect(events).toHaveLength(1);
    expect(receiver.counts.ignored).toBe(1);
  });

  it('responds only after the handler has kept the event, and lets a failed one be delivered again', async () => {
    const handlers: ((error?: Error) => void)[] = [];
    const onEvent = () =>
      new Promise<void>((resolve, reject) => {
        handlers.push((error) => (error ? reject(error) : resolve()));
      });
    const { status, receiver } = receiving({ onEvent });
    const deliver = async (error?: Error) => {
      const response = status(delivery(payload('t1')));
      let isOver = false;
      void response.then(() => {
        isOver = true;
      });
      await expect.poll(() => handlers.length).toBe(1);
      expect(isOver).toBe(false);
      handlers.pop()?.(error);
      return response;
    };
    expect(await deliver(new Error('the disk is full'))).toBe(503);
    expect(await deliver()).toBe(204);
    expect(receiver.counts).toMatchObject({ handled: 1, failed: 1 });
  });

  it.each([
    ['does not read', { get: () => Promise.reject(new Error('down')), set: () => {} }, 0],
    ['does not keep', { get: () => undefined, set: () => Promise.reject(new Error('down')) }, 1],
  ])('responds with 503 if the store %s', async (_name, store, handled) => {
    const { status, events } = receiving({ store });
    expect(await status(delivery(payload('t1')))).toBe(503);
    expect(events).toHaveLength(handled);
  });

  it('refuses credentials that are wrong at any byte, cut short or too long, before it reads the body', async () => {
    const { receiver, status, events, reads } = receiving();
    const right = basicHeader();
    const wrong = [...right].map((char, n) => `${right.slice(0, n)}${char === 'x' ? 'y' : 'x'}${right.slice(n + 1)}`);
    const others = ['', 'Basic', `${right}=`, right.slice(0, -1), `Bearer ${SECRET}`, `Basic spydra:${SECRET}`, SECRET];
    for (const Authorization of [...wrong, ...others]) {
      expect(await status(delivery('{', { Authorization })), Authorization).toBe(401);
    }
    expect(await status(delivery(payload('t1'), {}))).toBe(401);
    expect([events, reads]).toEqual([[], []]);
    expect(receiver.counts.unauthorized).toBe(wrong.length + others.length + 1);
    expect(await status(delivery(payload('t1'), { Authorization: right.replace('Basic', 'basic') }))).toBe(204);
  });

  it('takes a custom header instead', async () => {
    const { status } = receiving({ authentication: CUSTOM });
    expect(await status(delivery(payload('t1'), { 'x-listener': SECRET }))).toBe(204);
    for (let n = 0; n < SECRET.length; n++) {
      const wrong = `${SECRET.slice(0, n)}~${SECRET.slice(n + 1)}`;
      expect(await status(delivery(payload('t1'), { 'X-Listener': wrong }))).toBe(401);
    }
    expect(await status(delivery(payload('t1')))).toBe(401);
  });

  it.each<[string, unknown, Record<string, string>, number]>([
    ['no JSON', 'event', {}, 400],
    ['a body that is cut off', JSON.stringify(payload('t1')).slice(0, -3), {}, 400],
    ['no body', '', {}, 400],
    ['an event without a transaction', { eventType: 'CreateAsset', eventData: {} }, {}, 400],
    ['a whole block', { channelName: 'c', eventType: 'BlockEvent', eventData: { header: {} } }, {}, 400],
    ['an id that changes the path', payload('../t1'), {}, 400],
    ['an id that is no text', payload(7 as never), {}, 400],
    ['null', null, {}, 400],
    ['a body that is too large', payload('t1', 'x'.repeat(3_000)), {}, 413],
    ['UTF-16', Buffer.from(JSON.stringify(payload('t1')), 'utf16le'), {}, 400],
    ['a declared other charset', payload('t1'), { 'Content-Type': 'application/json; charset=utf-16' }, 415],
    ['a compressed body', payload('t1'), { 'Content-Encoding': 'gzip' }, 415],
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from('{"eventType":"'), Buffer.from([0xff]), Buffer.from('"}')]),
      {},
      400,
    ],
  ])('refuses %s', async (_name, body, headers, expected) => {
    const { receiver, status, events, reads } = receiving({ maxBody: 2_000 });
    expect(await status(delivery(body, { Authorization: basicHeader(), ...headers }))).toBe(expected);
    expect([events, reads, receiver.counts.malformed]).toEqual([[], [], 1]);
  });

  it('stops to read a body without a length at the limit', async () => {
    const { status } = receiving({ maxBody: 2_000 });
    let pulled = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(1_000));
      },
    });
    const init = { method: 'POST', headers: { Authorization: basicHeader() }, body, duplex: 'half' };
    expect(await status(new Request('https://receiver.test/', init as RequestInit))).toBe(413);
    expect(pulled).toBeLessThan(6);
  });

  it('refuses other methods', async () => {
    const { status } = receiving();
    expect(await status(new Request('https://receiver.test/', { headers: { Authorization: basicHeader() } }))).toBe(
      405,
    );
  });

  it('reads other payloads by a function', async () => {
    const parse = (body: unknown) =>
      (body as { ids: string[] }).ids.map((transactionId) => ({ transactionId, eventName: 'Minted' }));
    const { status, events } = receiving({ parse });
    expect(await status(delivery({ ids: ['t1', 't2', 't1'] }))).toBe(204);
    expect(events.map(({ key }) => key)).toEqual(['t1 Minted', 't2 Minted']);
    expect(await status(delivery({ ids: ['t3', 'none'] }))).toBe(404);
    expect(await status(delivery({ ids: [] }))).toBe(400);
    expect(await status(delivery({}))).toBe(400);
  });

  it('refuses to start without authentication, naming all options that cannot be right', () => {
    const start = () => receiving({ authentication: undefined as never, store: {} as never, maxBody: 0 });
    expect(start).toThrow(ConfigurationError);
    expect(start).toThrow(/authentication .*store .*maxBody/);
  });

  it.each([
    [{ username: 'a:b', password: SECRET }],
    [{ username: 'spydra', password: '' }],
    [{ username: 'spydra', password: 'short' }],
    [{ header: 'X-Listener', value: '' }],
    [{ header: 'X Listener', value: SECRET }],
    [{ header: 'X-Listener', value: SECRET, username: 'spydra' }],
  ])('refuses to start with the authentication %j', (authentication) => {
    const error = (() => {
      try {
        return receiving({ authentication });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).not.toContain(SECRET);
  });
});
