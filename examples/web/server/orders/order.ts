import { randomUUID } from 'node:crypto';
import type { Session } from '../session/session';
import { sign, verify } from '../signed';

/** What a person wants written, complete and unchangeable: its id makes the idempotency keys, so it happens once. */
export type Order = Purchase | Offering | Mint | Burn | Transfer | Update | Publish;

interface Common {
  /** Unique; not guessable. */
  readonly id: string;
  /** The person who made it, and the only one who may send it. */
  readonly user: string;
  /** Milliseconds since the epoch. */
  readonly made: number;
}

interface OfAsset extends Common {
  readonly assetId: string;
  readonly assetName: string;
}

export interface Purchase extends OfAsset {
  readonly kind: 'purchase';
  /** Whole tokens. */
  readonly amount: string;
  /** US dollars for one token. */
  readonly price: string;
  readonly sellerWallet: string;
  readonly buyerWallet: string;
}

/** A new asset; its tokens may be minted into the treasury, and it may be published. */
export interface Offering extends Common {
  readonly kind: 'offering';
  readonly asset: NewAsset;
  readonly treasuryWallet: string;
  readonly isMinted: boolean;
  readonly isPublished: boolean;
}

export interface NewAsset {
  readonly name: string;
  readonly symbol: string;
  readonly description: string;
  readonly assetType: string;
  /** US dollars. */
  readonly totalValue: string;
  /** Whole tokens. */
  readonly totalSupply: string;
}

export interface Mint extends OfAsset {
  readonly kind: 'mint';
  readonly amount: string;
  readonly recipientWallet: string;
  readonly minterWallet: string;
}

export interface Burn extends OfAsset {
  readonly kind: 'burn';
  readonly amount: string;
  readonly holderWallet: string;
  readonly burnerWallet: string;
  readonly reason: string;
}

export interface Transfer extends OfAsset {
  readonly kind: 'transfer';
  readonly amount: string;
  readonly fromWallet: string;
  readonly toWallet: string;
}

export interface Update extends OfAsset {
  readonly kind: 'update';
  readonly updates: Readonly<Record<string, string>>;
  readonly updaterWallet: string;
}

export interface Publish extends OfAsset {
  readonly kind: 'publish';
  readonly publisherWallet: string;
}

/** An order without what every order gets. */
export type Wanted = Order extends infer Each ? (Each extends Order ? Omit<Each, keyof Common> : never) : never;

/** Longer ones would not fit into an address. */
const LONGEST = 2_500;

/** Returns the signed order for an address; undefined if it is too long for one. */
export function newOrder({ user }: Session, wanted: Wanted): string | undefined {
  const order = { ...wanted, id: randomUUID(), user, made: Date.now() };
  const signed = sign('order', order);
  return signed.length <= LONGEST ? signed : undefined;
}

/** Returns the order in an address; undefined if it is forged or another person's. */
export function orderIn(signed: string, { user }: Session): Order | undefined {
  const order = verify('order', signed) as Order | undefined;
  return order?.user === user ? order : undefined;
}
