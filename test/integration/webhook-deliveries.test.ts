import { createHash } from 'node:crypto';
import { WebhookReceiver } from 'spydra-sdk/webhooks';
import { afterEach, expect, it, vi } from 'vitest';
import { seeded } from '../faults/random.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { advancing, fakeTime } from '../helpers/time.js';
import { basicHeader, delivery, payload, SECRET } from '../helpers/webhooks.js';

afterEach(() => void vi.useRealTimers());

/** Of 1,000 deliveries; each event of the ledger is delivered three times. */
const EVENTS = 300;
const FORGED = 100;
const RESTARTS = 10;
const EVENT = 'TokensTransferred';

/** Deliveries of a real transaction that must not be let in: wrong at each byte of the password, or damaged. */
function intruders(transactionId: string): Request[] {
  const body = payload(transactionId, EVENT);
  const text = JSON.stringify(body);
  const wrong = [...SECRET].map((_, at) => `${SECRET.slice(0, at)}\u0001${SECRET.slice(at + 1)}`);
  return [
    ...[...wrong, `${SECRET}x`].map((password) =>
      delivery(body, { Authorization: basicHeader({ username: 'spydra', password }) }),
    ),
    delivery(text.slice(0, -1)),
    delivery({ ...body, more: 'x'.repeat(2 ** 20) }),
    delivery(new Uint8Array(Buffer.from(text, 'utf16le'))),
    delivery(text, { Authorization: basicHeader(), 'Content-Encoding': 'gzip' }),
  ];
}

it('of 1,000 deliveries each event of the ledger is kept once, and nothing else', async () => {
  const { spydra } = sandboxed();
  const assetId = await minted(spydra, BigInt(EVENTS));
  const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1 };
  await spydra.tokens.transferMany(Array.from({ length: EVENTS }, () => transfer));
  const ids: string[] = [];
  for await (const { transactionId } of spydra.transactions.list({ assetId, type: 'transfer' }))
    ids.push(transactionId);
  expect(ids).toHaveLength(EVENTS);

  const pass = fakeTime();
  const random = seeded(7);
  const hash = (n: number) => createHash('sha256').update(String(n)).digest('hex');
  const forgeries = [
    (n: number) => payload(hash(n), EVENT),
    (n: number) => payload((ids[n] ?? '').toUpperCase(), EVENT),
    (n: number) => payload(`${ids[n]}0`, EVENT),
    (n: number) => payload(ids[n] ?? '', `${EVENT} `),
    (n: number) => ({ ...payload(hash(n), EVENT), eventType: EVENT, tx_id: ids[n] }),
  ];
  const bodies = [
    ...[...ids, ...ids, ...ids].map((id) => payload(id, EVENT)),
    ...Array.from({ length: FORGED }, (_, n) => forgeries[n % forgeries.length]?.(n)),
  ];
  const order = bodies.map((body) => ({ body, at: random() })).sort((a, b) => a.at - b.at);

  const store = new Map<string, string>();
  const kept: string[] = [];
  const start = () =>
    new WebhookReceiver({
      client: spydra,
      authentication: { username: 'spydra', password: SECRET },
      store,
      events: [EVENT],
      onEvent: ({ record }) => {
        // The sender delivers again what it gets a 503 for.
        if (random() < 0.1) throw new Error('the database is busy');
        kept.push(record.transactionId);
      },
    });
  const statuses = new Map<number, number>();
  const count = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const size = order.length / RESTARTS;
  for (let n = 0; n < RESTARTS; n++) {
    const receiver = start();
    let left = order.slice(n * size, (n + 1) * size).map(({ body }) => body);
    while (left.length > 0) {
      const responses = await advancing(pass, Promise.all(left.map((body) => receiver.handle(delivery(body)))));
      for (const { status } of responses) count(status);
      left = left.filter((_, index) => responses[index]?.status === 503);
    }
    for (const intruder of intruders(ids[n] ?? '')) count((await receiver.handle(intruder)).status);
  }
  expect(kept.toSorted()).toEqual(ids.toSorted());
  expect(Object.fromEntries(statuses)).toMatchObject({
    204: 3 * EVENTS + FORGED / 5,
    404: (4 * FORGED) / 5,
    401: RESTARTS * (SECRET.length + 1),
    400: 2 * RESTARTS,
    413: RESTARTS,
    415: RESTARTS,
  });
});
