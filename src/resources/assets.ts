import type { Calls } from '../calls.js';
import type { ReadOptions, WriteOptions } from '../core/call.js';
import type { PageInput, PageList } from '../core/pages.js';
import { validate, validateWith } from '../core/validate.js';
import type { Asset, Ledger, Metadata } from '../ledger/ledger.js';
import { priceFor } from '../ledger/price.js';
import {
  type AssetResult,
  type CreateAssetInput,
  createInput,
  historyInput,
  type ListAssetsInput,
  listInput,
  type MetadataResult,
  metadataInput,
  type PublishAssetInput,
  publishInput,
  type UpdateAssetInput,
  updateInput,
} from './asset-inputs.js';
import * as field from './fields.js';
import { listOf, readEach, transactionPages } from './reads.js';

/** Tokenised assets: `spydra.assets`. */
export class Assets {
  readonly #ledger: Ledger;
  readonly #calls: Calls;

  constructor(ledger: Ledger, calls: Calls) {
    this.#ledger = ledger;
    this.#calls = calls;
  }

  /**
   * Creates an asset as a draft, with `pricePerToken` computed from value and supply: 18 digits after the point,
   * rounded half to even; below a dollar at least 18 significant ones. One of more than 1,000 digits is refused.
   *
   * @throws InvalidInputError, TransactionFailedError, OutcomeUnknownError
   * @example
   * ```ts
   * const { assetId } = await spydra.assets.create({
   *   name: 'Harbour View 12', symbol: 'HV12', description: 'Two-bedroom flat', assetType: 'real-estate',
   *   totalValue: '525000', totalSupply: 10_000n, creatorWallet: 'treasury',
   * });
   * ```
   */
  async create(input: CreateAssetInput, options?: WriteOptions): Promise<AssetResult> {
    const asset = validate(createInput, input);
    const order = { ...asset, pricePerToken: priceFor('totalValue', asset.totalValue, asset.totalSupply) };
    return this.#calls.write(options, (call) => this.#ledger.createAsset(order, call));
  }

  /**
   * Reads an asset.
   *
   * @throws InvalidInputError, NotFoundError
   * @example
   * ```ts
   * const { pricePerToken } = await spydra.assets.get(assetId);
   * ```
   */
  async get(assetId: string, options?: ReadOptions): Promise<Asset> {
    validate(field.existingId, assetId, 'assetId');
    return this.#calls.read(options, (call) => this.#ledger.getAsset(assetId, call));
  }

  /**
   * Reads many assets in one call, equal ids once. What became of each comes back in the order of the ids; one that
   * fails does not stop the others.
   *
   * @throws InvalidInputError
   * @example
   * ```ts
   * const results = await spydra.assets.getMany(['asset-1', 'asset-2']);
   * const found = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
   * ```
   */
  async getMany(assetIds: readonly string[], options?: ReadOptions): Promise<PromiseSettledResult<Asset>[]> {
    validate(field.existingIds, assetIds, 'assetIds');
    return this.#calls.read(options, (call) =>
      readEach(assetIds, call, (assetId, each) => this.#ledger.getAsset(assetId, each)),
    );
  }

  /**
   * Changes an asset. A new `totalValue` or `totalSupply` changes `pricePerToken` with it, unless that is given too;
   * where several clients may change one asset at once, give value and supply together, or the price.
   *
   * @throws InvalidInputError, NotFoundError, TransactionFailedError, OutcomeUnknownError
   * @example
   * ```ts
   * await spydra.assets.update(assetId, { updates: { totalValue: '540000' }, updaterWallet: 'treasury' });
   * ```
   */
  async update(assetId: string, input: UpdateAssetInput, options?: WriteOptions): Promise<AssetResult> {
    const { updates, updaterWallet } = validateWith(updateInput, input, { assetId });
    const order = { assetId, updaterWallet, updates };
    return this.#calls.write(options, (call) => this.#ledger.updateAsset(order, call));
  }

  /**
   * Publishes an asset: from then on investors see it.
   *
   * @throws InvalidInputError, NotFoundError, TransactionFailedError, OutcomeUnknownError
   * @example
   * ```ts
   * await spydra.assets.publish(assetId, { publisherWallet: 'treasury' });
   * ```
   */
  async publish(assetId: string, input: PublishAssetInput, options?: WriteOptions): Promise<AssetResult> {
    const { publisherWallet } = validateWith(publishInput, input, { assetId });
    const order = { assetId, updaterWallet: publisherWallet, updates: { status: 'published' } };
    return this.#calls.write(options, (call) => this.#ledger.updateAsset(order, call));
  }

  /**
   * Lists assets.
   *
   * @throws InvalidInputError, PaginationError
   * @example
   * ```ts
   * for await (const asset of spydra.assets.list({ status: 'published' })) console.log(asset.name);
   * ```
   */
  list(input: ListAssetsInput = {}, options?: ReadOptions): PageList<Asset> {
    const { assetType, status, ...page } = validate(listInput, input);
    return listOf(
      this.#calls,
      (range, call) => this.#ledger.listAssets({ assetType, status }, range, call),
      (asset) => asset.assetId,
      page,
      options,
    );
  }

  /**
   * Lists an asset's transactions, newest first.
   *
   * @throws InvalidInputError, PaginationError
   * @example
   * ```ts
   * const { items } = await spydra.assets.history(assetId, { limit: 10 });
   * ```
   */
  history(assetId: string, input: HistoryInput = {}, options?: ReadOptions) {
    const { assetId: _, ...page } = validateWith(historyInput, input, { assetId });
    return transactionPages(this.#ledger, this.#calls, { assetId }, page, options);
  }

  /**
   * Adds a document to an asset: free-form data beside the asset itself. Resolves when it can be read back, with `status`
   * `'committed'`; or, where that is not seen before the deadline or `uncertaintyWindow` (5 s or more) is over, `'pending'`.
   *
   * @throws InvalidInputError, NotFoundError; OutcomeUnknownError if it was sent and not answered
   * @example
   * ```ts
   * const { metadataId, status } = await spydra.assets.addMetadata(assetId, { deed: 'sha256:4f1c…' });
   * if (status === 'pending') console.log(`read ${metadataId} again before you rely on it`);
   * ```
   */
  async addMetadata(assetId: string, metadata: Metadata, options?: WriteOptions): Promise<MetadataResult> {
    validate(metadataInput, { assetId, metadata });
    const { metadataId, status } = await this.#calls.write(options, (call) =>
      this.#ledger.addMetadata(assetId, metadata, call),
    );
    return { metadataId, assetId, status };
  }

  /**
   * Reads a document by its id.
   *
   * @throws InvalidInputError, NotFoundError
   * @example
   * ```ts
   * const { deed } = await spydra.assets.getMetadata(metadataId);
   * ```
   */
  async getMetadata(metadataId: string, options?: ReadOptions): Promise<Metadata> {
    validate(field.existingId, metadataId, 'metadataId');
    return this.#calls.read(options, (call) => this.#ledger.getMetadata(metadataId, call));
  }
}

/** How much of an asset's history to read. */
export type HistoryInput = PageInput;
