import { type AssetResult, InvalidInputError, OutcomeUnknownError, type TransactionRecord } from 'spydra-sdk';
import * as z from 'zod';
import {
  assetType,
  existingId,
  id,
  metadata,
  money,
  nullable,
  object,
  page,
  parameter,
  quantity,
  text,
  worth,
} from '../requests/fields.js';
import { assetRecord, transactionRecord } from '../responses/records.js';
import { asset, assetId, count, data, name, transaction, transactionId } from '../responses/schemas.js';
import { ensureAsset } from './ensure-asset.js';
import { pick, read, type SampleAssets, write } from './route.js';

/** The maximum length of a history, and the page size for reading it. */
const LONGEST_HISTORY = { maxItems: 10_000, limit: 1_000 };

const changedAsset = z.object({ assetId, transactionId, asset }).meta({ id: 'ChangedAsset' });
const ofPublished = ({ publishedId }: SampleAssets) => ({ params: { assetId: publishedId } });

export const assetRoutes = {
  'GET /assets': read({
    operationId: 'listAssets',
    summary: 'Published assets, in pages',
    query: { assetType: parameter(assetType), ...page(100) },
    answer: [200, data(z.array(asset), { count, total: count, limit: count, offset: count })],
    handle: async (spydra, { query }, options) => {
      const page = await spydra.assets.list({ ...query, status: 'published' }, options);
      const { items, total, limit, offset } = page;
      return { data: items.map(assetRecord), count: items.length, total, limit, offset };
    },
  }),

  'POST /assets': write({
    operationId: 'createAsset',
    summary: 'Create an asset',
    description:
      'A new asset is a draft until it is published. Its price per token is its value divided by its supply.',
    role: 'admin',
    body: object({
      asset: object({
        name: text,
        symbol: text,
        description: text,
        assetType,
        totalValue: worth,
        totalSupply: quantity.describe('Whole tokens that may be in circulation at once.'),
        metadata: nullable(metadata),
      }),
      creatorWallet: id.describe('Who creates it.'),
    }),
    answer: [201, data(changedAsset)],
    example: () => ({
      body: {
        asset: {
          name: 'Harbour View 12',
          symbol: 'HV12',
          description: 'A flat with two rooms.',
          assetType: 'real-estate',
          totalValue: 525_000,
          totalSupply: 10_000,
          metadata: { rooms: 2 },
        },
        creatorWallet: 'wallet-treasury',
      },
    }),
    handle: async (spydra, { body: { asset, creatorWallet } }, options) =>
      changed(await spydra.assets.create({ ...asset, creatorWallet }, options).catch(throwAsInBody)),
  }),

  'GET /assets/:assetId': read({
    operationId: 'getAsset',
    summary: 'An asset, drafts too',
    params: { assetId: existingId },
    answer: [200, data(asset)],
    example: ofPublished,
    handle: async (spydra, { params }, options) => ({
      data: assetRecord(await spydra.assets.get(params.assetId, options)),
    }),
  }),

  'PUT /assets/:assetId': write({
    operationId: 'updateAsset',
    summary: 'Change fields of an asset',
    description: 'Omitted fields keep their values.',
    role: 'admin',
    params: { assetId: id },
    body: object({
      updates: object({
        name: text.optional(),
        symbol: text.optional(),
        description: text.optional(),
        assetType: assetType.optional(),
        totalValue: money.optional(),
        totalSupply: quantity.optional(),
        pricePerToken: money.optional().describe('US dollars; computed from a new value or supply unless it is given.'),
        status: text.optional(),
        metadata: nullable(metadata).describe('Merged into the existing metadata.'),
      })
        .refine((updates) => Object.values(updates).some((value) => value !== undefined), 'must change something')
        .meta({ minProperties: 1, description: 'At least one change that is not null.' }),
      updaterWallet: id.describe('Who updates it.'),
    }),
    answer: [200, data(changedAsset)],
    example: (sample) => ({
      ...ofPublished(sample),
      body: { updates: { description: 'Forty flats by the harbour, all let.' }, updaterWallet: 'wallet-treasury' },
    }),
    handle: async (spydra, { params, body }, options) =>
      changed(await spydra.assets.update(params.assetId, body, options)),
  }),

  'POST /assets/:assetId/publish': write({
    operationId: 'publishAsset',
    summary: 'Publish an asset',
    role: 'admin',
    params: { assetId: id },
    body: object({ publisherWallet: id.describe('Who publishes it.') }),
    answer: [200, data(changedAsset)],
    example: ({ assetId }) => ({ params: { assetId }, body: { publisherWallet: 'wallet-treasury' } }),
    handle: async (spydra, { params, body }, options) =>
      changed(await spydra.assets.publish(params.assetId, body, options)),
  }),

  'POST /assets/:assetId/metadata': write({
    operationId: 'addMetadata',
    summary: 'Add a document to an asset',
    role: 'admin',
    params: { assetId: id },
    body: object({ metadata }),
    answer: [201, data(z.object({ metadataId: name, assetId }))],
    example: (sample) => ({ ...ofPublished(sample), body: { metadata: { deed: 'sha256:4f53cda1' } } }),
    handle: async (spydra, { params, body }, options) => {
      const { metadataId, assetId, status } = await spydra.assets.addMetadata(params.assetId, body.metadata, options);
      if (status === 'pending') throw documentUnknown(metadataId);
      return { data: { metadataId, assetId } };
    },
  }),

  'GET /assets/:assetId/history': read({
    operationId: 'getAssetHistory',
    summary: "An asset's transactions, newest first",
    description: 'At most 10,000.',
    params: { assetId: existingId },
    answer: [200, data(z.array(transaction), { count })],
    example: ofPublished,
    handle: async (spydra, { params }, options) => {
      const history: TransactionRecord[] = [];
      for await (const record of spydra.assets.history(params.assetId, LONGEST_HISTORY, options)) history.push(record);
      if (history.length === 0) await ensureAsset(spydra, params.assetId, options);
      return { data: history.map(transactionRecord), count: history.length };
    },
  }),
};

function changed(result: AssetResult) {
  return { data: pick(changedAsset, { ...result, asset: assetRecord(result.asset) }) };
}

/** Spydra accepted the document, but it could not be read back in time. */
function documentUnknown(metadataId: string): OutcomeUnknownError {
  const message = `Document ${metadataId} was accepted, but could not be read back in time.`;
  return new OutcomeUnknownError(message, { stage: 'commit', details: { metadataId } });
}

/** Renames the fields in the SDK's problems with a new asset: in the body they are nested in `asset`. */
function throwAsInBody(error: unknown): never {
  if (!(error instanceof InvalidInputError)) throw error;
  const named = (field: string) => (field === 'creatorWallet' ? field : `asset.${field}`);
  throw new InvalidInputError(error.problems.map(({ field, message }) => ({ field: named(field), message })));
}
