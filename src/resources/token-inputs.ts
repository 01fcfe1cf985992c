import * as z from 'zod';
import type { MoneyInput, QuantityInput } from '../core/amounts.js';
import type { Metadata } from '../ledger/ledger.js';
import * as field from './fields.js';

/** What to mint. */
export interface MintInput {
  readonly assetId: string;
  readonly recipientWallet: string;
  /** Whole tokens. */
  readonly amount: QuantityInput;
  /** Who mints. Default: the recipient. */
  readonly minterWallet?: string | undefined;
  readonly metadata?: Metadata | undefined;
}

/** What to burn. */
export interface BurnInput {
  readonly assetId: string;
  readonly holderWallet: string;
  /** Whole tokens. */
  readonly amount: QuantityInput;
  /** Who burns. */
  readonly burnerWallet: string;
  readonly reason?: string | undefined;
}

/** What to transfer. */
export interface TransferInput {
  readonly assetId: string;
  readonly fromWallet: string;
  /** Another wallet than `fromWallet`. */
  readonly toWallet: string;
  /** Whole tokens. */
  readonly amount: QuantityInput;
  readonly metadata?: Metadata | undefined;
}

/** What to sell to whom. */
export interface PurchaseInput {
  readonly assetId: string;
  readonly sellerWallet: string;
  /** Another wallet than `sellerWallet`. */
  readonly buyerWallet: string;
  /** Whole tokens. */
  readonly amount: QuantityInput;
  /** US dollars for one token. */
  readonly price: MoneyInput;
  readonly paymentMethod?: string | undefined;
}

interface WriteResult {
  readonly transactionId: string;
  /** `'committed'`: it is on the ledger. `'pending'`: accepted only, as with `confirm: false`. */
  readonly status: 'committed' | 'pending';
  readonly assetId: string;
  /** Whole tokens. */
  readonly amount: bigint;
}

export interface MintResult extends WriteResult {
  readonly recipientWallet: string;
  /** The recipient's, in whole tokens, after the mint; for a repeated call the balance when it was repeated. */
  readonly newBalance: bigint;
}

export interface BurnResult extends WriteResult {
  readonly holderWallet: string;
  /** The holder's, in whole tokens, after the burn; for a repeated call the balance when it was repeated. */
  readonly newBalance: bigint;
}

export interface TransferResult extends WriteResult {
  readonly fromWallet: string;
  readonly toWallet: string;
  /** Whole tokens after the transfer; for a repeated call the balance when it was repeated. */
  readonly fromBalance: bigint;
  /** Whole tokens after the transfer; for a repeated call the balance when it was repeated. */
  readonly toBalance: bigint;
}

export interface PurchaseResult extends TransferResult {
  /** US dollars for one token, exact decimal string. */
  readonly purchasePrice: string;
  /** US dollars for all of them, exact decimal string. */
  readonly totalValue: string;
}

export const mintInput = z.strictObject({
  assetId: field.id,
  recipientWallet: field.id,
  amount: field.quantity,
  minterWallet: field.id.optional(),
  metadata: field.metadata.optional(),
});

export const burnInput = z.strictObject({
  assetId: field.id,
  holderWallet: field.id,
  amount: field.quantity,
  burnerWallet: field.id,
  reason: field.text.optional(),
});

export const transferInput = z
  .strictObject({
    assetId: field.id,
    fromWallet: field.id,
    toWallet: field.id,
    amount: field.quantity,
    metadata: field.metadata.optional(),
  })
  .refine(({ fromWallet, toWallet }) => fromWallet === undefined || fromWallet !== toWallet, {
    path: ['toWallet'],
    error: 'must differ from fromWallet',
    when: ({ value }) => isWithWallets(value),
  });

export const purchaseInput = z
  .strictObject({
    assetId: field.id,
    sellerWallet: field.id,
    buyerWallet: field.id,
    amount: field.quantity,
    price: field.money,
    paymentMethod: field.text.optional(),
  })
  .refine(({ sellerWallet, buyerWallet }) => sellerWallet === undefined || sellerWallet !== buyerWallet, {
    path: ['buyerWallet'],
    error: 'must differ from sellerWallet',
    when: ({ value }) => isWithWallets(value),
  });

// Without it the comparison would wait until every other field is right, and not be named together with them.
const isWithWallets = (value: unknown) => typeof value === 'object' && value !== null;
