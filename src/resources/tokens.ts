import type { Calls } from '../calls.js';
import { type MoneyInput, type QuantityInput, worth } from '../core/amounts.js';
import type { Call, ReadOptions, WriteCall, WriteOptions } from '../core/call.js';
import { ensureId } from '../core/ids.js';
import { jsonNumber } from '../core/json.js';
import { validate } from '../core/validate.js';
import { InvalidInputError } from '../errors.js';
import type { Ledger, Metadata } from '../ledger/ledger.js';
import { type BatchOptions, type BatchResult, writeMany } from './batch.js';
import { type Holder, holdersOf, type Supply, supplyOf } from './holders.js';
import * as schema from './input-schemas.js';

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

type Many = Pick<WriteCall, 'isOneOfMany'>;
const MANY: Many = { isOneOfMany: true };

/** Tokens of an asset: `spydra.tokens`. */
export class Tokens {
  readonly #ledger: Ledger;
  readonly #calls: Calls;

  /** @internal Made by the client. */
  constructor(ledger: Ledger, calls: Calls) {
    this.#ledger = ledger;
    this.#calls = calls;
  }

  /**
   * Mints new tokens of an asset into a wallet.
   *
   * @throws InvalidInputError, SupplyExceededError, NotFoundError, TransactionFailedError, OutcomeUnknownError
   * @example
   * ```ts
   * const { newBalance } = await spydra.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 1_000n });
   * ```
   */
  async mint(input: MintInput, options?: WriteOptions): Promise<MintResult> {
    return this.#mint(input, options);
  }

  async #mint(input: MintInput, options?: WriteOptions, many?: Many): Promise<MintResult> {
    const { minterWallet, metadata, ...minted } = validate(schema.mint, input);
    const order = { ...minted, minterWallet: minterWallet ?? minted.recipientWallet, metadata };
    const receipt = await this.#calls.write(options, (call) => this.#ledger.mint(order, call), many);
    return { ...receipt, ...minted };
  }

  /**
   * Burns tokens of a wallet.
   *
   * @throws InvalidInputError, InsufficientBalanceError, NotFoundError, TransactionFailedError, OutcomeUnknownError
   * @example
   * ```ts
   * await spydra.tokens.burn({ assetId, holderWallet: 'treasury', burnerWallet: 'treasury', amount: 50n });
   * ```
   */
  async burn(input: BurnInput, options?: WriteOptions): Promise<BurnResult> {
    const { burnerWallet, reason, ...burned } = validate(schema.burn, input);
    const order = { ...burned, burnerWallet, metadata: { reason } };
    const receipt = await this.#calls.write(options, (call) => this.#ledger.burn(order, call));
    return { ...receipt, ...burned };
  }

  /**
   * Moves tokens from one wallet to another.
   *
   * @throws InvalidInputError, InsufficientBalanceError, NotFoundError, TransactionFailedError, OutcomeUnknownError
   * @example
   * ```ts
   * await spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 100n });
   * ```
   */
  async transfer(input: TransferInput, options?: WriteOptions): Promise<TransferResult> {
    return this.#transfer(input, options);
  }

  async #transfer(input: TransferInput, options?: WriteOptions, many?: Many): Promise<TransferResult> {
    const { metadata, ...moved } = validate(schema.transfer, input);
    const order = { ...moved, metadata };
    const receipt = await this.#calls.write(options, (call) => this.#ledger.transfer(order, call), many);
    return { ...receipt, ...moved };
  }

  /**
   * Sells tokens: a transfer from seller to buyer that records its price. No money moves here.
   *
   * @throws InvalidInputError, InsufficientBalanceError, NotFoundError, TransactionFailedError, OutcomeUnknownError
   * @example
   * ```ts
   * const sale = await spydra.tokens.purchase({
   *   assetId, sellerWallet: 'treasury', buyerWallet: 'alice', amount: 10n, price: '52.50',
   * });
   * console.log(sale.totalValue); // '525'
   * ```
   */
  async purchase(input: PurchaseInput, options?: WriteOptions): Promise<PurchaseResult> {
    const { assetId, sellerWallet, buyerWallet, amount, price, paymentMethod } = validate(schema.purchase, input);
    const moved = { assetId, fromWallet: sellerWallet, toWallet: buyerWallet, amount };
    const totalValue = worth(amount, price);
    ensureRecordable(price, totalValue);
    const order = { ...moved, metadata: saleMetadata(price, totalValue, paymentMethod) };
    const receipt = await this.#calls.write(options, (call) => this.#ledger.transfer(order, call));
    return { ...receipt, ...moved, purchasePrice: price, totalValue };
  }

  /**
   * Mints for many inputs, a few at once. A mint that fails does not stop the others. Run again with the same
   * `batchKey`, it makes only the mints that are missing.
   *
   * @throws InvalidInputError if options or keys are invalid; an invalid input rejects its own result.
   * @example
   * ```ts
   * const mints = [{ assetId, recipientWallet: 'alice', amount: 5n }, { assetId, recipientWallet: 'bob', amount: 7n }];
   * const results = await spydra.tokens.mintMany(mints, { batchKey: 'airdrop-7' });
   * const left = mints.filter((_, index) => results[index]?.status === 'rejected');
   * ```
   */
  mintMany(inputs: readonly MintInput[], options?: BatchOptions<MintInput>): Promise<BatchResult<MintResult>> {
    return writeMany(inputs, options, (input, each) => this.#mint(input, each, MANY), this.#ledger.batchSize);
  }

  /**
   * Transfers for many inputs, a few at once. A transfer that fails does not stop the others. Run again with the same
   * `batchKey`, it makes only the transfers that are missing.
   *
   * @throws InvalidInputError if options or keys are invalid; an invalid input rejects its own result.
   * @example
   * ```ts
   * const dividend = wallets.map((toWallet) => ({ assetId, fromWallet: 'treasury', toWallet, amount: 3n }));
   * const results = await spydra.tokens.transferMany(dividend, {
   *   batchKey: 'dividend-2026', itemKey: ({ toWallet }) => toWallet,
   *   onProgress: ({ done, total }) => console.log(`${done} of ${total}`),
   * });
   * ```
   */
  transferMany(
    inputs: readonly TransferInput[],
    options?: BatchOptions<TransferInput>,
  ): Promise<BatchResult<TransferResult>> {
    return writeMany(inputs, options, (input, each) => this.#transfer(input, each, MANY), this.#ledger.batchSize);
  }

  /**
   * The wallets that hold an asset, largest balance first, computed from all of its committed transactions. One call
   * reads them all: give it a longer `deadline` for an asset with a long history.
   *
   * @throws InvalidInputError, InvalidResponseError if the history does not add up.
   * @example
   * ```ts
   * for (const { wallet, balance } of await spydra.tokens.holders(assetId)) console.log(wallet, balance);
   * ```
   */
  async holders(assetId: string, options?: ReadOptions): Promise<Holder[]> {
    ensureId(assetId, 'assetId');
    return holdersOf(await this.#calls.read(options, (call) => this.#ledger.getHoldings(assetId, call)));
  }

  /**
   * How many tokens of an asset were minted, burned, and are in circulation.
   *
   * @throws InvalidInputError, InvalidResponseError if the history does not add up.
   * @example
   * ```ts
   * const { circulatingSupply } = await spydra.tokens.supply(assetId);
   * ```
   */
  async supply(assetId: string, options?: ReadOptions): Promise<Supply> {
    ensureId(assetId, 'assetId');
    const ledger = this.#ledger;
    const read = (call: Call) => ledger.getSupply?.(assetId, call) ?? ledger.getHoldings(assetId, call);
    return supplyOf(await this.#calls.read(options, read));
  }
}

/**
 * Metadata holds the two as numbers, which a ledger's database reads as doubles unless they are whole.
 *
 * @throws InvalidInputError
 */
function ensureRecordable(price: string, totalValue: string): void {
  if ([price, totalValue].every((value) => /^\d+$/.test(value) || Number.isFinite(Number(value)))) return;
  throw new InvalidInputError([{ field: 'price', message: 'must make a total value that is whole or below 1e308' }]);
}

function saleMetadata(price: string, totalValue: string, paymentMethod: string | undefined): Metadata {
  return { purchasePrice: jsonNumber(price), totalValue: jsonNumber(totalValue), paymentMethod, purchaseType: 'sale' };
}
