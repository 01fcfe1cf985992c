import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSandbox, manualClock } from '../../../src/sandbox/index.js';
import { APP, apiOf, balance, burning, createAsset, minting, moving, NETWORK, status } from './harness.js';

const WALLETS = ['alice', 'bob', 'carol'];
const TOTAL_SUPPLY = 3n * 10n ** 30n;

const wallet = fc.constantFrom(...WALLETS);
/** Small amounts meet often in one block; big ones reach the limits. */
const amount = fc.oneof(fc.bigInt(1n, 5n), fc.bigInt(1n, 10n ** 30n));
const step = fc.oneof(
  fc.record({ kind: fc.constant('mint' as const), to: wallet, amount }),
  fc.record({ kind: fc.constant('burn' as const), from: wallet, amount }),
  fc
    .record({ kind: fc.constant('transfer' as const), from: wallet, to: wallet, amount })
    .filter(({ from, to }) => from !== to),
  fc.record({ kind: fc.constant('wait' as const) }),
);
type Step = Exclude<typeof step extends fc.Arbitrary<infer T> ? T : never, { kind: 'wait' }>;

/** The rules in their simplest form: balances in a map, and what circulates is their sum. */
class Model {
  readonly balances = new Map(WALLETS.map((name) => [name, 0n]));

  get circulating(): bigint {
    return [...this.balances.values()].reduce((sum, each) => sum + each, 0n);
  }

  refusal(step: Step): string | undefined {
    if (step.kind === 'mint') return this.circulating + step.amount > TOTAL_SUPPLY ? 'SUPPLY_EXCEEDED' : undefined;
    return (this.balances.get(step.from) ?? 0n) < step.amount ? 'INSUFFICIENT_BALANCE' : undefined;
  }

  apply(step: Step): void {
    if (step.kind !== 'mint') this.balances.set(step.from, (this.balances.get(step.from) ?? 0n) - step.amount);
    if (step.kind !== 'burn') this.balances.set(step.to, (this.balances.get(step.to) ?? 0n) + step.amount);
  }
}

function bodyOf(assetId: string, step: Step) {
  if (step.kind === 'mint') return minting(assetId, step.to, step.amount);
  if (step.kind === 'burn') return burning(assetId, step.from, step.amount);
  return moving(assetId, step.from, step.to, step.amount);
}

/** What a step reads, by the names of what it depends on; two steps in one block conflict if they share one. */
function touched(step: Step): string[] {
  if (step.kind === 'mint') return ['supply', step.to];
  return step.kind === 'burn' ? ['supply', step.from] : [step.from, step.to];
}

test.each([0, 2_000])(
  'random mints, burns and transfers agree with a model, at a block time of %i',
  async (blockTime) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = manualClock();
        await using sandbox = createSandbox({ blockTime, clock });
        const api = apiOf(sandbox.fetch);
        const assetId = await createAsset(api, { totalSupply: TOTAL_SUPPLY });
        clock.advance(blockTime);

        const model = new Model();
        let waiting: { step: Step; transactionId: unknown }[] = [];
        const commit = async () => {
          clock.advance(blockTime);
          const changed = new Set<string>();
          for (const { step, transactionId } of waiting) {
            const conflicts = touched(step).some((name) => changed.has(name));
            expect(await status(api, transactionId)).toBe(conflicts ? 'FAILED' : 'COMMITTED');
            if (conflicts) continue;
            model.apply(step);
            for (const name of touched(step)) changed.add(name);
          }
          waiting = [];
        };

        for (const each of steps) {
          if (each.kind === 'wait') {
            await commit();
            continue;
          }
          const answer = await api.post(`${APP}/tokens/${each.kind}`, bodyOf(assetId, each));
          expect([answer.status, answer.body.code]).toEqual(
            model.refusal(each) ? [409, model.refusal(each)] : [200, undefined],
          );
          if (answer.status === 200) waiting.push({ step: each, transactionId: answer.body.transactionId });
          if (blockTime === 0) await commit();
        }
        await commit();

        for (const [name, expected] of model.balances) {
          expect(expected).toBeGreaterThanOrEqual(0n);
          expect(await balance(api, assetId, name)).toBe(expected);
        }
        expect(await circulatingByRecords(api, assetId)).toBe(model.circulating);
      }),
      { numRuns: 60 },
    );
  },
);

/** What the committed transactions of the asset add up to. */
async function circulatingByRecords(api: ReturnType<typeof apiOf>, assetId: string): Promise<bigint> {
  const { body } = await api.get(`${NETWORK}/transactions?assetId=${assetId}&type=mint&type=burn&limit=1000`);
  const records = body.transactions as { type: string; status: string; amount: number | bigint }[];
  return records
    .filter((record) => record.status === 'COMMITTED')
    .reduce((sum, { type, amount }) => (type === 'mint' ? sum + BigInt(amount) : sum - BigInt(amount)), 0n);
}
