import * as z from 'zod';
import type { MoneyInput, QuantityInput } from '../core/amounts.js';
import type { PageInput } from '../core/pages.js';
import type { AssetStatus, AssetType } from '../known-values.js';
import type { Asset, Metadata } from '../ledger/ledger.js';
import * as field from './fields.js';

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
  /** `'committed'`: it can be read back. `'pending'`: accepted, and not seen yet. */
  readonly status: 'committed' | 'pending';
}

export const createInput = z.strictObject({
  name: field.text,
  symbol: field.text,
  description: field.text,
  assetType: field.text,
  totalValue: field.money.refine((value) => value !== '0', 'must be above zero'),
  totalSupply: field.quantity,
  metadata: field.metadata.optional(),
  creatorWallet: field.id,
});

export const updateInput = z.strictObject({
  assetId: field.id,
  updates: z
    .strictObject({
      name: field.text.optional(),
      symbol: field.text.optional(),
      description: field.text.optional(),
      assetType: field.text.optional(),
      totalValue: field.money.optional(),
      totalSupply: field.quantity.optional(),
      pricePerToken: field.money.optional(),
      status: field.text.optional(),
      metadata: field.metadata.optional(),
    })
    .refine((updates) => Object.values(updates).some((value) => value !== undefined), 'must change something'),
  updaterWallet: field.id,
});

export const publishInput = z.strictObject({ assetId: field.id, publisherWallet: field.id });

export const metadataInput = z.strictObject({ assetId: field.id, metadata: field.metadata });

export const historyInput = field.page.extend({ assetId: field.existingId });

export const listInput = field.page.extend({ assetType: field.text.optional(), status: field.text.optional() });
