import { SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { pick, type Random, seeded, whole } from './random.js';

/** One write of the test. The audit finds it by its mark in the record's metadata. */
export interface Order {
  readonly mark: string;
  readonly type: 'mint' | 'transfer';
  readonly assetId: string;
  /** Where tokens come from; undefined for a mint. */
  readonly from: string | undefined;
  readonly to: string;
  readonly amount: bigint;
  /** The caller's own idempotency key, in half of the calls. */
  readonly key: string | undefined;
  /** Milliseconds. */
  readonly deadline: number;
  /** For a caller with a key that calls again after an unknown outcome: milliseconds after it. */
  readonly callsAgainAfter: number | undefined;
}

/** What the wallets of one asset hold before the first order. */
export interface Market {
  readonly assetId: string;
  /** Wallets with enough tokens for all orders. */
  readonly holders: readonly string[];
  /** A wallet without tokens: its orders are refused. */
  readonly pauper: string;
}

export const FUNDS = 1_000_000n;
const HOLDERS = 4;
/**
 * Orders for each asset: all mints of one asset meet in its supply, and a server without a filter lists all of them.
 */
const ORDERS_PER_MARKET = 200;
const FEWEST_MARKETS = 16;

const MINTS = 0.25;
const REFUSED = 0.03;
const HASTY = 0.08;
const INSISTENT = 0.5;
const LATEST_CALL_AGAIN = 150;
/** The deadline of most callers, in milliseconds. */
export const PATIENT_DEADLINE = 4_000;

/** Writes a ledger file with assets and wallets to trade between. */
export async function openMarkets(dataFile: string, orders: number, seed: number): Promise<Market[]> {
  await using sandbox = createSandbox({ dataFile, random: seeded(seed) });
  await using spydra = new SpydraClient(sandbox.connection());
  const markets: Market[] = [];
  const count = Math.max(FEWEST_MARKETS, Math.ceil(orders / ORDERS_PER_MARKET));
  for (let number = 0; number < count; number++) {
    const { assetId } = await spydra.assets.create({
      name: `Flat ${number}`,
      symbol: `F${number}`,
      description: 'A flat',
      assetType: 'real-estate',
      totalValue: '1000000',
      totalSupply: FUNDS * BigInt(HOLDERS + orders),
      creatorWallet: 'treasury',
    });
    const holders = Array.from({ length: HOLDERS }, (_, holder) => `flat-${number}-holder-${holder}`);
    for (const recipientWallet of holders) await spydra.tokens.mint({ assetId, recipientWallet, amount: FUNDS });
    markets.push({ assetId, holders, pauper: `flat-${number}-pauper` });
  }
  return markets;
}

/** Mints and transfers, the same for the same random source. */
export function drawOrders(random: Random, count: number, markets: readonly Market[]): Order[] {
  return Array.from({ length: count }, (_, number) => {
    const { assetId, holders, pauper } = pick(random, markets);
    const [from, to] = twoOf(random, holders);
    const roll = random();
    const isKeyed = random() < 0.5;
    const isInsistent = isKeyed && random() < INSISTENT;
    return {
      mark: `write-${number}`,
      type: roll < MINTS ? 'mint' : 'transfer',
      assetId,
      from: roll < MINTS ? undefined : roll < MINTS + REFUSED ? pauper : from,
      to,
      amount: BigInt(whole(random, 1, 20)),
      key: isKeyed ? `order-${number}` : undefined,
      // A few callers have short deadlines.
      deadline: isInsistent || random() < HASTY ? whole(random, 50, 450) : PATIENT_DEADLINE,
      callsAgainAfter: isInsistent ? whole(random, 0, LATEST_CALL_AGAIN) : undefined,
    };
  });
}

function twoOf(random: Random, wallets: readonly string[]): [string, string] {
  const first = pick(random, wallets);
  const others = wallets.filter((wallet) => wallet !== first);
  return [first, pick(random, others)];
}
