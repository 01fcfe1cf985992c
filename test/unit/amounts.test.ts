import fc from 'fast-check';
import { InvalidInputError } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { scaled } from '../helpers/scale.js';

const BIG = 10n ** 30n;

/** A ledger that accepts every mint, and returns what it received. */
function mirror() {
  const bodies: string[] = [];
  const fetch = vi.fn<typeof globalThis.fetch>(async (url, init) => {
    if (init?.method === 'GET') {
      const timestamp = '2026-01-01T00:00:00Z';
      const metadata = JSON.parse(bodies.at(-1) ?? '{}').metadata;
      const record = { transactionId: 't', type: 'mint', status: 'COMMITTED', timestamp, metadata };
      return Response.json({ ...record, url: String(url) });
    }
    const body = String(init?.body);
    bodies.push(body);
    const amount = /"amount":([^,}]+)/.exec(body)?.[1];
    return new Response(`{"transactionId":"t","newBalance":${amount}}`);
  });
  return { client: testClient({ fetch }), bodies };
}

describe('token quantities', () => {
  it('of any size are exact JSON numbers in requests and responses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 1n, max: BIG * BIG }), async (amount) => {
        const { client, bodies } = mirror();
        const result = await client.tokens.mint({ assetId: 'a', recipientWallet: 'w', amount });
        expect(result.newBalance).toBe(amount);
        expect(bodies[0]).toContain(`"amount":${amount},`);
      }),
      { numRuns: scaled(50) },
    );
  });

  it.each([
    [5n, 5n],
    [5, 5n],
    ['5', 5n],
    ['007', 7n],
    [Number.MAX_SAFE_INTEGER, 9007199254740991n],
    ['9007199254740993', 9007199254740993n],
    [BIG, BIG],
    [String(BIG), BIG],
  ])('%s is accepted', async (amount, expected) => {
    const { client } = mirror();
    expect((await client.tokens.mint({ assetId: 'a', recipientWallet: 'w', amount })).amount).toBe(expected);
  });

  it.each([
    0,
    0n,
    '0',
    -1,
    -1n,
    '-1',
    -0,
    1.5,
    '1.5',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2 ** 53,
    '1e3',
    '0x10',
    '1_000',
    '1,000',
    ' 5',
    '5 ',
    '',
    '五',
    '٣',
    null,
    undefined,
    true,
    {},
    [],
    [5],
    Symbol('5'),
    () => 5,
    new Date(),
    new Number(5),
    '9'.repeat(5_000),
  ])('%s is refused before anything is sent', async (amount) => {
    const { client, bodies } = mirror();
    const error = await rejection(client.tokens.mint({ assetId: 'a', recipientWallet: 'w', amount: amount as bigint }));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ problems: [{ field: 'amount' }], outcome: 'not-applied' });
    expect(bodies).toHaveLength(0);
  });
});
