import type { Calls } from '../calls.js';
import { worth } from '../core/amounts.js';
import type { ReadOptions, WriteOptions } from '../core/call.js';
import { jsonNumber } from '../core/json.js';
import { validate } from '../core/validate.js';
import type { Ledger, Metadata } from '../ledger/ledger.js';
import { type BatchOptions, type BatchResult, writeMany } from './batch.js';
import * as field from './fields.js';
import { type Holder, holdersOf, type Supply, supplyOf } from './holders.js';
import {
  type BurnInput,
  type BurnResult,
  burnInput,
  type MintInput,
  type MintResult,
  mintInput,
  type PurchaseInput,
  type PurchaseResult,
  purchaseInput,
  type TransferInput,
  type TransferResult,
  transferInput,
} from './token-inputs.js';

/** Tokens of an asset: `spydra.tokens`. */
export class Tokens {
  readonly #ledger: Ledger;
  readonly #calls: Calls;

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
    const { minterWallet, ...order } = validate(mintInput, input);
    const minted = { ...order, minterWallet: minterWallet ?? order.recipientWallet };
    const receipt = await this.#calls.write(options, (call) => this.#ledger.mint(minted, call));
    return { ...receipt, assetId: order.assetId, recipientWallet: order.recipientWallet, amount: order.amount };
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
    const { reason, ...order } = validate(burnInput, input);
    const burned = { ...order, metadata: { reason } };
    const receipt = await this.#calls.write(options, (call) => this.#ledger.burn(burned, call));
    return { ...receipt, assetId: order.assetId, holderWallet: order.holderWallet, amount: order.amount };
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
    const order = validate(transferInput, input);
    const receipt = await this.#calls.write(options, (call) => this.#ledger.transfer(order, call));
    const { assetId, fromWallet, toWallet, amount } = order;
    return { ...receipt, assetId, fromWallet, toWallet, amount };
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
    const { assetId, sellerWallet, buyerWallet, amount, price, paymentMethod } = validate(purchaseInput, input);
    const totalValue = worth(amount, price);
    const metadata = saleMetadata(price, totalValue, paymentMethod);
    const order = { assetId, fromWallet: sellerWallet, toWallet: buyerWallet, amount, metadata };
    const receipt = await this.#calls.write(options, (call) => this.#ledger.transfer(order, call));
    return {
      ...receipt,
      assetId,
      fromWallet: sellerWallet,
      toWallet: buyerWallet,
      amount,
      purchasePrice: price,
      totalValue,
    };
  }

  /**
   * Mints for many inputs, a few at once. One that fails does not stop the others; run again with the same `batchKey`
   * it does only what is missing.
   *
   * @throws InvalidInputError for options or keys that cannot be; what is wrong with an input rejects that input.
   * @example
   * ```ts
   * const mints = [{ assetId, recipientWallet: 'alice', amount: 5n }, { assetId, recipientWallet: 'bob', amount: 7n }];
   * const results = await spydra.tokens.mintMany(mints, { batchKey: 'airdrop-7' });
   * const left = mints.filter((_, index) => results[index]?.status === 'rejected');
   * ```
   */
  mintMany(inputs: readonly MintInput[], options?: BatchOptions<MintInput>): Promise<BatchResult<MintResult>> {
    return writeMany(inputs, options, (input, each) => this.mint(input, each));
  }

  /**
   * Transfers for many inputs, a few at once. One that fails does not stop the others; run again with the same
   * `batchKey` it does only what is missing.
   *
   * @throws InvalidInputError for options or keys that cannot be; what is wrong with an input rejects that input.
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
    return writeMany(inputs, options, (input, each) => this.transfer(input, each));
  }

  /**
   * Wallets that hold an asset, largest balance first, from all of its committed transactions. One call reads them all:
   * give it a longer `deadline` for an asset with a long history.
   *
   * @throws InvalidInputError, InvalidResponseError if the history does not add up.
   * @example
   * ```ts
   * for (const { wallet, balance } of await spydra.tokens.holders(assetId)) console.log(wallet, balance);
   * ```
   */
  async holders(assetId: string, options?: ReadOptions): Promise<Holder[]> {
    validate(field.existingId, assetId, 'assetId');
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
    validate(field.existingId, assetId, 'assetId');
    return supplyOf(await this.#calls.read(options, (call) => this.#ledger.getHoldings(assetId, call)));
  }
}

function saleMetadata(price: string, totalValue: string, paymentMethod: string | undefined): Metadata {
  return {
    purchasePrice: jsonNumber(price),
    totalValue: jsonNumber(totalValue),
    paymentMethod,
    purchaseType: 'sale',
  };
}
