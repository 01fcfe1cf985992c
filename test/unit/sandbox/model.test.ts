import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSandbox, manualClock } from '../../../src/sandbox/index.js';
import { scaled } from '../../helpers/scale.js';
import { APP, type Api, apiOf, balance, burning, createAsset, minting, moving, NETWORK } from './harness.js';

const WALLETS = ['alice', 'bob', 'carol'];
const TOTAL_SUPPLY = 3n * 10n ** 30n;

const wallet = fc.constantFrom(...WALLETS);
/** Small amounts are often in one block; big ones reach the limits. */
const amount = fc.oneof(fc.bigInt(1n, 5n), fc.bigInt(1n, 10n ** 30n));
const mintStep = fc.record({ kind: fc.constant('mint' as const), to: wallet, amount });
const burnStep = fc.record({ kind: fc.constant('burn' as const), from: wallet, amount });
const transferStep = fc
  .record({ kind: fc.constant('transfer' as const), from: wallet, to: wallet, amount })
  .filter(({ from, to }) => from !== to);
const limitStep = fc.record({
  kind: fc.constant('limit' as const),
  totalSupply: fc.bigInt(10n ** 29n, TOTAL_SUPPLY),
});
const waitStep = fc.record({ kind: fc.constant('wait' as const) });
const step = fc.oneof(
  { weight: 4, arbitrary: mintStep },
  { weight: 4, arbitrary: burnStep },
  { weight: 4, arbitrary: transferStep },
  { weight: 1, arbitrary: limitStep },
  { weight: 3, arbitrary: waitStep },
);
type Step = Exclude<typeof step extends fc.Arbitrary<infer T> ? T : never, { kind: 'wait' }>;

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, each) => total + each, 0n);

/** The rules in their simplest form: balances in a map; the circulating supply is their sum. */
class Model {
  readonly balances = new Map(WALLETS.map((name) => [name, 0n]));
  totalSupply = TOTAL_SUPPLY;

  get circulating(): bigint {
    return sum([...this.balances.values()]);
  }

  /** What of each balance is settled: the rest are credits, which a debit reads only where it needs them. */
  readonly settled = new Map(WALLETS.map((name) => [name, 0n]));

  spendable(name: string): bigint {
    return this.balances.get(name) ?? 0n;
  }

  refusal(step: Step): string | undefined {
    if ('from' in step) return this.spendable(step.from) < step.amount ? 'INSUFFICIENT_BALANCE' : undefined;
    const most = this.circulating;
    const exceeded = step.kind === 'limit' ? most > step.totalSupply : most + step.amount > this.totalSupply;
    return exceeded ? 'SUPPLY_EXCEEDED' : undefined;
  }

  /** The balances in the response, after the step. */
  answered(step: Step): bigint[] {
    const from = 'from' in step ? [this.spendable(step.from) - step.amount] : [];
    return 'to' in step ? [...from, this.spendable(step.to) + step.amount] : from;
  }

  /** What a step reads and writes: keys, and the range of a wallet's credits. */
  touched(step: Step): Touched {
    const supply = step.kind === 'transfer' ? [] : ['supply'];
    const credits = 'to' in step ? [`credits of ${step.to}`] : [];
    if (!('from' in step)) return { reads: supply, ranges: [], writes: [...supply, ...credits] };
    const settles = (this.settled.get(step.from) ?? 0n) < step.amount;
    const range = settles ? [`credits of ${step.from}`] : [];
    return {
      reads: [...supply, step.from],
      ranges: range,
      writes: [...supply, step.from, ...range, ...credits],
    };
  }

  apply(step: Step, { ranges }: Touched): void {
    if (step.kind === 'limit') this.totalSupply = step.totalSupply;
    if ('from' in step) {
      const settled = ranges.length > 0 ? this.spendable(step.from) : (this.settled.get(step.from) ?? 0n);
      this.settled.set(step.from, settled - step.amount);
      this.balances.set(step.from, this.spendable(step.from) - step.amount);
    }
    if ('to' in step) this.balances.set(step.to, this.spendable(step.to) + step.amount);
  }

  expectSound(): void {
    for (const held of this.balances.values()) expect(held).toBeGreaterThanOrEqual(0n);
    expect(this.circulating).toBeLessThanOrEqual(this.totalSupply);
  }
}

function send(api: Api, assetId: string, step: Step) {
  switch (step.kind) {
    case 'mint':
      return api.post(`${APP}/tokens/mint`, minting(assetId, step.to, step.amount));
    case 'burn':
      return api.post(`${APP}/tokens/burn`, burning(assetId, step.from, step.amount));
    case 'transfer':
      return api.post(`${APP}/tokens/transfer`, moving(assetId, step.from, step.to, step.amount));
    case 'limit': {
      const { totalSupply } = step;
      return api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'owner', updates: { totalSupply } });
    }
  }
}

interface Touched {
  readonly reads: readonly string[];
  readonly ranges: readonly string[];
  readonly writes: readonly string[];
}

/** What becomes of a step in its block, in which others have changed something before. */
function verdict({ reads, ranges }: Touched, changed: ReadonlySet<string>): string | undefined {
  if (reads.some((name) => changed.has(name))) return 'MVCC_READ_CONFLICT';
  return ranges.some((name) => changed.has(name)) ? 'PHANTOM_READ_CONFLICT' : undefined;
}

test.each([0, 2_000])(
  'random mints, burns, transfers and limits agree with a model, with a block time of %j',
  async (blockTime) => {
    await fc.assert(
      // By default, lists have about ten steps.
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const clock = manualClock();
        await using sandbox = createSandbox({ blockTime, clock });
        const api = apiOf(sandbox.fetch);
        const assetId = await createAsset(api, { totalSupply: TOTAL_SUPPLY });
        clock.advance(blockTime);

        const model = new Model();
        let waiting: { step: Step; touched: Touched; transactionId: unknown }[] = [];
        const commit = async () => {
          clock.advance(blockTime);
          const changed = new Set<string>();
          for (const { step, touched, transactionId } of waiting) {
            const error = verdict(touched, changed);
            const { body } = await api.get(`${NETWORK}/transactions/${transactionId}`);
            expect([body.status, body.error]).toEqual([error ? 'FAILED' : 'COMMITTED', error]);
            if (error) continue;
            model.apply(step, touched);
            for (const name of touched.writes) changed.add(name);
          }
          waiting = [];
          model.expectSound();
        };

        for (const each of steps) {
          if (each.kind === 'wait') {
            await commit();
            continue;
          }
          const refusal = model.refusal(each);
          const { status: code, body } = await send(api, assetId, each);
          expect([code, body.code]).toEqual(refusal ? [409, refusal] : [200, undefined]);
          if (refusal) continue;
          const {
            newBalance,
            fromBalance = newBalance,
            toBalance,
          } = body as Record<string, number | bigint | undefined>;
          const balances = [fromBalance, toBalance].filter((value) => value !== undefined).map(BigInt);
          expect(balances).toEqual(model.answered(each));
          waiting.push({ step: each, touched: model.touched(each), transactionId: body.transactionId });
          if (blockTime === 0) await commit();
        }
        await commit();

        for (const [name, expected] of model.balances) expect(await balance(api, assetId, name)).toBe(expected);
        expect(await circulatingByRecords(api, assetId)).toBe(model.circulating);
      }),
      { numRuns: scaled(12) },
    );
  },
);

/** The sums of the asset's committed transactions. */
async function circulatingByRecords(api: Api, assetId: string): Promise<bigint> {
  const { body } = await api.get(`${NETWORK}/transactions?assetId=${assetId}&type=mint&type=burn&limit=1000`);
  const records = body.transactions as { type: string; status: string; amount: number | bigint }[];
  return records
    .filter((record) => record.status === 'COMMITTED')
    .reduce((sum, { type, amount }) => (type === 'mint' ? sum + BigInt(amount) : sum - BigInt(amount)), 0n);
}
