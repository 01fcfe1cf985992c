import * as fc from 'fast-check';
import { type TokenContract, tokenContract } from 'spydra-sdk/contract';
import { expect, it } from 'vitest';
import type { Envelope } from '../../helpers/fabric-ledger.js';
import { scaled } from '../../helpers/scale.js';
import { ADMIN, BACKEND, Channel, POLICY, type Result, START, withoutClaims } from './harness.js';

/*
 * Random orders, endorsed and committed in random order, against a model of a few numbers that applies each valid order
 * once. Envelopes are held, committed together, again, or never; keys are used again; clocks are wrong.
 */

const CAP = 40;
const wallet = fc.constantFrom('a', 'b', 'c', 'd');
const key = fc.integer({ min: 0, max: 49 }).map((n) => `k${n}`);
const amount = fc.integer({ min: 1, max: 9 }).map(String);

type Order =
  | { readonly fn: 'MintTokens'; readonly to: string; readonly amount: string }
  | { readonly fn: 'BurnTokens'; readonly from: string; readonly amount: string }
  | { readonly fn: 'TransferTokens'; readonly from: string; readonly to: string; readonly amount: string }
  | { readonly fn: 'SweepCredits'; readonly from: string }
  | { readonly fn: 'Void' };

const order: fc.Arbitrary<Order> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ fn: fc.constant('MintTokens' as const), to: wallet, amount }) },
  { weight: 2, arbitrary: fc.record({ fn: fc.constant('BurnTokens' as const), from: wallet, amount }) },
  {
    weight: 6,
    arbitrary: fc
      .record({ fn: fc.constant('TransferTokens' as const), from: wallet, to: wallet, amount })
      .filter(({ from, to }) => from !== to),
  },
  { weight: 1, arbitrary: fc.record({ fn: fc.constant('SweepCredits' as const), from: wallet }) },
  { weight: 1, arbitrary: fc.record({ fn: fc.constant('Void' as const) }) },
);

/** Which hints a call has: none, the credits of the wallet as they were when the call before was endorsed, or those twice. */
const hints = fc.constantFrom('none', 'stale', 'twice');
const call = fc.record({ order, key, hints });
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const skew = fc.integer({ min: -3_000, max: 3_000 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ endorse: fc.array(call, { minLength: 1, maxLength: 1 }), skew }) },
  { weight: 2, arbitrary: fc.record({ endorse: fc.array(call, { minLength: 2, maxLength: 6 }), skew }) },
  // The last envelopes, by how many were endorsed after them.
  { weight: 5, arbitrary: fc.record({ commit: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 4 }) }) },
);

/** An envelope, and the calls that it applies if it is valid. */
interface Held {
  readonly envelope: Envelope;
  readonly applies: readonly Call[];
}

class Model {
  readonly balances: Record<string, number> = { a: 0, b: 0, c: 0, d: 0 };
  readonly used = new Set<string>();
  minted = 0;
  burned = 0;

  apply({ order, key }: Call): void {
    expect(this.used).not.toContain(key);
    this.used.add(key);
    if ('amount' in order) {
      const tokens = Number(order.amount);
      if (order.fn === 'MintTokens') this.minted += tokens;
      if (order.fn === 'BurnTokens') this.burned += tokens;
      if ('from' in order) this.#add(order.from, -tokens);
      if ('to' in order) this.#add(order.to, tokens);
    }
    for (const balance of Object.values(this.balances)) expect(balance).toBeGreaterThanOrEqual(0);
    expect(this.minted - this.burned).toBeLessThanOrEqual(CAP);
  }

  #add(walletId: string, tokens: number): void {
    this.balances[walletId] = (this.balances[walletId] ?? 0) + tokens;
  }
}

/** One run over a channel. */
class Run {
  readonly model = new Model();
  readonly held: Held[] = [];
  #credits: Record<string, string[]> = {};
  #time = START;
  #applied = 0;

  constructor(
    readonly channel: Channel,
    readonly assetId: string,
  ) {}

  async endorse(calls: readonly Call[], skew: number): Promise<void> {
    const members = calls.map((each) => this.#member(each));
    const [first] = members;
    if (first === undefined) return;
    this.#time += 1_000;
    const args = members.length > 1 ? ['Batch', members] : argsOf(first);
    const [functionName = '', ...rest] = args as [string, ...unknown[]];
    const proposal = { time: this.#time + skew };
    const envelope = await this.channel.propose(proposal, BACKEND, functionName, ...rest).catch(refused);
    if (envelope !== undefined) this.held.push({ envelope, applies: appliesOf(calls, JSON.parse(envelope.result)) });
    await this.#look();
  }

  async commit(places: readonly number[]): Promise<void> {
    const block = places.flatMap((place) => this.held.at(-1 - place) ?? []);
    const codes = this.channel.commit(...block.map(({ envelope }) => envelope));
    for (const [place, code] of codes.entries()) {
      if (code !== 'VALID') continue;
      for (const each of block[place]?.applies ?? []) {
        this.model.apply(each);
        this.#applied += 1;
      }
    }
    await this.#compare();
  }

  get applied(): number {
    return this.#applied;
  }

  async #compare(): Promise<void> {
    const { holders, minted, burned } = await this.channel.evaluate(BACKEND, 'Holders', this.assetId);
    const expected = Object.entries(this.model.balances).filter(([, balance]) => balance > 0);
    expect(Object.fromEntries(holders.map(({ walletId, balance }: Result) => [walletId, Number(balance)]))).toEqual(
      Object.fromEntries(expected),
    );
    expect([minted, burned]).toEqual([String(this.model.minted), String(this.model.burned)]);
  }

  /** Remembers where credits are by now, for hints that are stale when they are used. */
  async #look(): Promise<void> {
    for (const walletId of ['a', 'b', 'c', 'd']) {
      const { credits } = await this.channel.evaluate(BACKEND, 'Credits', this.assetId, walletId);
      this.#credits[walletId] = credits.map(({ creditId }: Result) => creditId);
    }
  }

  #member({ order, key, hints: kind }: Call): Result {
    const { fn: name, ...rest } = order;
    const { from, to, amount: tokens } = rest as { from?: string; to?: string; amount?: string };
    const credits = (from && this.#credits[from]) || [];
    const found = kind === 'none' ? undefined : { credits: kind === 'twice' ? [...credits, ...credits] : credits };
    const { assetId } = this;
    const orders = {
      MintTokens: { assetId, minterWallet: 'i', recipientWallet: to, amount: tokens },
      BurnTokens: { assetId, burnerWallet: 'i', holderWallet: from, amount: tokens },
      TransferTokens: { assetId, fromWallet: from, toWallet: to, amount: tokens },
      SweepCredits: { assetId, walletId: from },
      Void: {},
    };
    return { function: name, order: orders[name], key, hints: found };
  }
}

function argsOf({ function: name, order, key, hints }: Result): readonly unknown[] {
  if (name === 'Void') return [name, key];
  return hints === undefined ? [name, order, key] : [name, order, key, hints];
}

function refused(error: unknown): undefined {
  if (!(error instanceof Error) || error.name !== 'Refusal') throw error;
  return undefined;
}

function appliesOf(calls: readonly Call[], result: Result): Call[] {
  const outcomes: Result[] = calls.length > 1 ? result.outcomes : [{ applied: result }];
  return calls.filter((_, place) => outcomes[place].applied && !outcomes[place].applied.replayed);
}

/** Runs the property; how many orders were applied in all. */
async function check(
  contract: TokenContract,
  runs: number,
): Promise<{ failed: boolean; applied: number; error?: unknown }> {
  let applied = 0;
  const property = fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), async (steps) => {
    const channel = new Channel(contract);
    await channel.submit(ADMIN, 'Configure', { policy: POLICY }, 'policy');
    const run = new Run(channel, await channel.createAsset({ totalSupply: String(CAP) }));
    for (const each of steps) {
      if ('commit' in each) await run.commit(each.commit);
      else await run.endorse(each.endorse, each.skew);
    }
    applied += run.applied;
  });
  const { failed, errorInstance } = await fc.check(property, { numRuns: runs });
  return { failed, applied, error: errorInstance };
}

it('every valid order is applied once, no balance is negative, and tokens add up to minted minus burned', async () => {
  const { applied, error } = await check(tokenContract({ adminMsp: 'Org1MSP' }), scaled(100));
  if (error !== undefined && error !== null) throw error;
  expect(applied).toBeGreaterThan(scaled(500));
});

it('that property fails if claims are hidden from the contract', async () => {
  const { failed } = await check(withoutClaims(tokenContract({ adminMsp: 'Org1MSP' })), 100);
  expect(failed).toBe(true);
});
