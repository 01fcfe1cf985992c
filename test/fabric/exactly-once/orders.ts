import type { SpydraClient } from 'spydra-sdk';

/** A write of the audit, and how often it was applied by what a wallet of its own holds. */
export interface Order {
  readonly n: number;
  readonly idempotencyKey: string;
  readonly amount: bigint;
  /** What `wallet` holds before it. */
  readonly funds: bigint;
  /** No other order writes it. */
  readonly wallet: string;
  /** What one application adds to the wallet. */
  readonly change: bigint;
  /** Applies it, and returns the id of its transaction. */
  readonly apply: (spydra: SpydraClient, options: CallOptions) => Promise<string>;
}

interface CallOptions {
  readonly deadline: number;
}

/** Wallets that pay a quarter of the orders: concurrent debits conflict. */
export const SOURCES = ['source0', 'source1', 'source2', 'source3'] as const;
/** Is paid by a quarter of the orders. */
export const SINK = 'sink';

/** What each of its own wallets that pays holds first, in amounts: a second application is not refused, but counted. */
const SPARE = 3n;
/** No retry of a read conflict is the last one before the deadline. */
const RETRIES = 100;

/** The orders of an audit: mints, transfers from hot wallets, burns, transfers into a hot wallet. */
export function ordersOf(assetId: string, count: number): Order[] {
  return Array.from({ length: count }, (_, n) => orderOf(assetId, n));
}

function orderOf(assetId: string, n: number): Order {
  const amount = BigInt(1 + (n % 997));
  const [wallet, idempotencyKey] = [`w${n}`, `${assetId}-${n}`];
  const order = { n, idempotencyKey, amount, wallet };
  const options = (call: CallOptions) => ({ ...call, idempotencyKey, retries: RETRIES });
  const pay = (fromWallet: string, toWallet: string): Order['apply'] => {
    return async ({ tokens }, call) =>
      (await tokens.transfer({ assetId, fromWallet, toWallet, amount }, options(call))).transactionId;
  };
  switch (n % 4) {
    case 0:
      return {
        ...order,
        funds: 0n,
        change: amount,
        apply: async ({ tokens }, call) =>
          (await tokens.mint({ assetId, recipientWallet: wallet, amount }, options(call))).transactionId,
      };
    case 1:
      return { ...order, funds: 0n, change: amount, apply: pay(sourceOf(n), wallet) };
    case 2:
      return {
        ...order,
        funds: SPARE * amount,
        change: -amount,
        apply: async ({ tokens }, call) =>
          (await tokens.burn({ assetId, burnerWallet: wallet, holderWallet: wallet, amount }, options(call)))
            .transactionId,
      };
    default:
      return { ...order, funds: SPARE * amount, change: -amount, apply: pay(wallet, SINK) };
  }
}

/** Which source pays an order that is a transfer from one. */
export function sourceOf(n: number): string {
  return SOURCES[(n >> 2) % SOURCES.length] ?? SOURCES[0];
}
