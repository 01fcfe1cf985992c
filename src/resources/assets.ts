import type { Calls } from '../calls.js';
import type { MoneyInput, QuantityInput } from '../core/amounts.js';
import type { ReadOptions, WriteOptions } from '../core/call.js';
import { ensureId } from '../core/ids.js';
import type { PageInput, PageList } from '../core/pages.js';
import { validate, validateWith } from '../core/validate.js';
import type { AssetStatus, AssetType } from '../known-values.js';
import type { Asset, Ledger, Metadata, TransactionRecord } from '../ledger/ledger.js';
import { priceFor } from '../ledger/price.js';
import * as schema from './input-schemas.js';
import { pageList, readEach, transactionList } from './reads.js';

/** The asset to create. */
export interface CreateAssetInput {
  readonly name: string;
  readonly symbol: string;
  readonly description: string;
  readonly assetType: AssetType;
  /** US dollars, above zero. */
  readonly totalValue: MoneyInput;
  /** Whole tokens that may ever circulate at once. */
  readonly totalSupply: QuantityInput;
  readonly metadata?: Metadata | undefined;
  /** Who creates it. */
  readonly creatorWallet: string;
}

/** What to change. `pricePerToken` follows from a new value or supply unless it is given. */
export interface AssetUpdates {
  readonly name?: string | undefined;
  readonly symbol?: string | undefined;
  readonly description?: string | undefined;
  readonly assetType?: AssetType | undefined;
  /** US dollars. */
  readonly totalValue?: MoneyInput | undefined;
  /** Whole tokens. */
  readonly totalSupply?: QuantityInput | undefined;
  /** US dollars. */
  readonly pricePerToken?: MoneyInput | undefined;
  /** Use `assets.publish` to publish. */
  readonly status?: AssetStatus | undefined;
  readonly metadata?: Metadata | undefined;
}

export interface UpdateAssetInput {
  readonly updates: AssetUpdates;
  /** Who updates it. */
  readonly updaterWallet: string;
}

export interface PublishAssetInput {
  /** Who publishes it. */
  readonly publisherWallet: string;
}

/** Which assets to list. */
export interface ListAssetsInput extends PageInput {
  readonly assetType?: AssetType | undefined;
  readonly status?: AssetStatus | undefined;
}

/** How much of an asset's history to read. */
export type HistoryInput = PageInput;

/** What a write to an asset did. */
export interface AssetResult {
  readonly assetId: string;
  readonly transactionId: string;
  /** `'committed'`: it is on the ledger. `'pending'`: accepted only, as with `confirm: false`. */
  readonly status: 'committed' | 'pending';
  readonly asset: Asset;
}

/** A document added to an asset. */
export interface MetadataResult {
  readonly metadataId: string;
  readonly assetId: string;
  /** `'committed'`: it can be read back. `'pending'`: accepted, and not readable yet. */
  readonly status: 'committed' | 'pending';
}

/** Tokenised assets: `spydra.assets`. */
export class Assets {
  readonly #ledger: Ledger;
  readonly #calls: Calls;

  /** @internal Made by the client. */
  constructor(ledger: Ledger, calls: Calls) {
    this.#ledger = ledger;
    this.#calls = calls;
  }

  /**
   * Creates an asset as a draft, with `pricePerToken` computed from value and supply: 18 digits after the point,
   * rounded half to even; below a dollar at least 18 significant ones. A price of more than 1,000 digits is refused.
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
    const asset = validate(schema.createAsset, input);
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
    ensureId(assetId, 'assetId');
    return this.#calls.read(options, (call) => this.#ledger.getAsset(assetId, call));
  }

  /**
   * Reads many assets in one call, equal ids once. The results are in the order of the ids; a read that fails does not
   * stop the others.
   *
   * @throws InvalidInputError
   * @example
   * ```ts
   * const results = await spydra.assets.getMany(['asset-1', 'asset-2']);
   * const found = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
   * ```
   */
  async getMany(assetIds: readonly string[], options?: ReadOptions): Promise<PromiseSettledResult<Asset>[]> {
    const ids = validate(schema.existingIds, assetIds, 'assetIds');
    return this.#calls.read(options, (call) =>
      readEach(ids, call, (assetId, each) => this.#ledger.getAsset(assetId, each)),
    );
  }

  /**
   * Changes an asset. A new `totalValue` or `totalSupply` changes `pricePerToken` too, unless that is given. If several
   * clients may change one asset at once, give value and supply together, or the price.
   *
   * @throws InvalidInputError, NotFoundError, TransactionFailedError, OutcomeUnknownError
   * @example
   * ```ts
   * await spydra.assets.update(assetId, { updates: { totalValue: '540000' }, updaterWallet: 'treasury' });
   * ```
   */
  async update(assetId: string, input: UpdateAssetInput, options?: WriteOptions): Promise<AssetResult> {
    const order = validateWith(schema.updateAsset, input, { assetId });
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
    const { publisherWallet } = validateWith(schema.publishAsset, input, { assetId });
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
    const { assetType, status, ...page } = validate(schema.listAssets, input);
    return pageList(
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
  history(assetId: string, input: HistoryInput = {}, options?: ReadOptions): PageList<TransactionRecord> {
    const { assetId: _, ...page } = validateWith(schema.assetHistory, input, { assetId });
    return transactionList(this.#ledger, this.#calls, { assetId }, page, options);
  }

  /**
   * Adds a document to an asset: free-form data beside the asset itself. Resolves with `status` `'committed'` when the
   * document can be read back; with `'pending'` if it cannot before the deadline or `uncertaintyWindow` (5 s or more) is over.
   *
   * @throws InvalidInputError, NotFoundError; OutcomeUnknownError if it was sent and got no response
   * @example
   * ```ts
   * const { metadataId, status } = await spydra.assets.addMetadata(assetId, { deed: 'sha256:4f1c…' });
   * if (status === 'pending') console.log(`read ${metadataId} again before you rely on it`);
   * ```
   */
  async addMetadata(assetId: string, metadata: Metadata, options?: WriteOptions): Promise<MetadataResult> {
    const document = validate(schema.addMetadata, { assetId, metadata }).metadata;
    const { metadataId, status } = await this.#calls.write(options, (call) =>
      this.#ledger.addMetadata(assetId, document, call),
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
    ensureId(metadataId, 'metadataId');
    return this.#calls.read(options, (call) => this.#ledger.getMetadata(metadataId, call));
  }
}
