import fc from 'fast-check';
import { type RetryPolicy, SpydraError } from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endOf } from '../../../helpers/client.js';
import { OddServer, type OddServerOptions } from '../../../helpers/faulty-server.js';
import { fakeTime, leaping } from '../../../helpers/time.js';
import { FAULTS, type Fault, SERVERS } from './faults.js';

const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };
const PERMISSIVE: RetryPolicy = { limit: 10, retry: () => true };

// No jitter: the tests count attempts, not times.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

/** A server with a fault for each write in order, the last one for all later writes; null: no fault. */
function faultyServer(options: OddServerOptions, faults: readonly (Fault | null)[], applies: boolean) {
  const met: (Fault | null)[] = [];
  const server = new OddServer({
    ...options,
    answer: ({ n, apply }) => {
      const fault = faults[Math.min(n, faults.length) - 1] ?? null;
      met.push(fault);
      if (fault === null) return accept(apply());
      if (applies && fault.mayBeApplied) apply();
      return fault.fail();
    },
  });
  return { server, met };
}

const accept = ({ record }: { record: object }) => Response.json({ ...record, newBalance: 5 });

/** The reported outcome of a write, which must match the ledger. */
function expectTruth(end: unknown, applied: number): void {
  expect(applied).toBeLessThanOrEqual(1);
  if (end instanceof Error) expect(end).toBeInstanceOf(SpydraError);
  const outcome = end instanceof SpydraError ? end.outcome : 'applied';
  if (outcome !== 'unknown') expect(applied).toBe(outcome === 'applied' ? 1 : 0);
}

describe('with a policy that always retries', () => {
  const rows = SERVERS.flatMap(([kind, options]) =>
    FAULTS.map((fault) => ({ kind, options, fault, what: fault.name })),
  );

  it.each(rows)(
    'a write that met $what is sent again only if it was not applied: a server that $kind',
    async ({ options, fault }) => {
      for (const applies of [true, false]) {
        const { server, met } = faultyServer(options, [fault], applies);
        const end = await endOf(server.client({ fetch: server.fetch, retries: PERMISSIVE }).tokens.mint(MINT));
        expect(met).toHaveLength(fault.isSafe ? 11 : 1);
        expectTruth(end, server.written.length);
      }
    },
  );

  it.each(FAULTS)('a read that met $name is repeated up to the limit', async ({ fail }) => {
    const server = new OddServer();
    const fetch = vi.fn<typeof globalThis.fetch>(async () => fail());
    const end = await endOf(server.client({ fetch, retries: PERMISSIVE }).assets.get('a1'));
    expect(end).toBeInstanceOf(SpydraError);
    expect(fetch).toHaveBeenCalledTimes(11);
  });

  it('a write that timed out is not sent again', async () => {
    const hanging: Fault = { name: 'nothing', fail: () => new Promise(() => {}), mayBeApplied: true };
    const { server, met } = faultyServer({}, [hanging], true);
    fakeTime();
    const client = server.client({ fetch: server.fetch, retries: PERMISSIVE, timeout: 200 });
    const end = await leaping(endOf(client.tokens.mint(MINT)));
    expect(met).toHaveLength(1);
    expectTruth(end, server.written.length);
  });
});

describe('with any policy', () => {
  const oddly = <T>(sane: fc.Arbitrary<T>) =>
    fc.oneof(
      sane,
      fc.constantFrom<unknown>(undefined, null, Number.NaN, -1, Number.POSITIVE_INFINITY, 1e300, 'yes', 1, {}),
      fc.constantFrom('throws', 'rejects'),
    );
  const answer = (value: unknown) => () => {
    if (value === 'throws') throw new Error('the policy failed');
    return (value === 'rejects' ? Promise.reject(new Error('the policy failed')) : value) as never;
  };
  const policies = fc
    .record({
      limit: fc.integer({ min: 0, max: 5 }),
      retry: oddly(fc.boolean()),
      delay: oddly(fc.integer({ min: 0, max: 2 })),
      success: oddly(fc.constant(undefined)),
    })
    .map(
      ({ limit, retry, delay, success }): RetryPolicy => ({
        limit,
        retry: answer(retry),
        delay: answer(delay),
        success: answer(success),
      }),
    );
  const faults = fc.array(fc.option(fc.constantFrom(...FAULTS)), { minLength: 1, maxLength: 4 });

  it('no write is applied twice, repeated while it may be applied, or reported with a wrong outcome', async () => {
    const run = async (
      [, options]: (typeof SERVERS)[number],
      policy: RetryPolicy,
      sequence: readonly (Fault | null)[],
      applies: boolean,
      idempotencyKey: string | undefined,
    ) => {
      const { server, met } = faultyServer(options, sequence, applies);
      const client = server.client({ fetch: server.fetch, uncertaintyWindow: 10 });
      expectTruth(await endOf(client.tokens.mint(MINT, { idempotencyKey, retries: policy })), server.written.length);
      expect(met.slice(0, -1).every((fault) => fault?.isSafe)).toBe(true);
      expect(met.length).toBeLessThanOrEqual((policy.limit ?? 3) + 1);
      await client.close();
    };
    const key = fc.constantFrom(undefined, 'order-7');
    const inputs = fc.asyncProperty(fc.constantFrom(...SERVERS), policies, faults, fc.boolean(), key, run);
    await fc.assert(inputs, { numRuns: 60 });
  });
});
