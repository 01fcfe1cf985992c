import { ASSET_STATUSES, ASSET_TYPES, TRANSACTION_TYPES } from 'spydra-sdk';
import * as z from 'zod';
import { knownValues } from '../known-values.js';

/*
 * The schemas of responses. A record may have more fields than are listed here: all fields of Spydra are passed on.
 */

export const name = z.string().min(1);
export const assetId = example(name, 'asset-4f53cda18c2baa0c0354bb5f9a3ecbe5');
export const transactionId = example(name, '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
export const wallet = example(name, 'wallet-alice');
export const tokens = z.custom<bigint>().meta({
  description: 'Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits.',
  type: 'integer',
  minimum: 0,
  examples: [1_200],
});
export const dollars = z.custom<string>().meta({
  description: 'US dollars, exact: a float may not hold all of its digits.',
  type: 'number',
  minimum: 0,
  examples: [52.5],
});
export const count = z.custom<number>().meta({ type: 'integer', minimum: 0, examples: [2] });
const time = example(z.string().describe('ISO 8601.'), '2026-01-31T12:00:00.000Z');
const metadata = example(
  z.record(z.string(), z.unknown()).describe('Free-form data, and fields that the ledger adds.'),
  {
    rooms: 2,
  },
);

export const asset = z
  .looseObject({
    assetId,
    name: z.string(),
    symbol: z.string(),
    description: z.string(),
    assetType: z.string().describe(knownValues(ASSET_TYPES)),
    totalValue: dollars,
    totalSupply: tokens.describe('Whole tokens that may be in circulation at once, exact beyond 2^53 too.'),
    pricePerToken: dollars,
    status: z.string().describe(knownValues(ASSET_STATUSES)),
    publishedAt: time.optional(),
    metadata: metadata.optional(),
  })
  .meta({
    id: 'Asset',
    examples: [
      {
        assetId: 'asset-4f53cda18c2baa0c0354bb5f9a3ecbe5',
        name: 'Harbour View Residences',
        symbol: 'HVR',
        description: 'Forty flats by the harbour.',
        assetType: 'real-estate',
        totalValue: 5_000_000,
        totalSupply: 100_000,
        pricePerToken: 50,
        status: 'published',
        publishedAt: '2025-01-01T00:00:00.000Z',
      },
    ],
  });

export const transaction = z
  .looseObject({
    transactionId,
    type: z.string().describe(knownValues(TRANSACTION_TYPES)),
    status: z.string().describe("'COMMITTED' or 'CONFIRMED'; 'FAILED'; any other value means that it is pending."),
    assetId: z.string().optional(),
    timestamp: time,
    actor: z.string().optional(),
    amount: tokens.optional(),
    recipientWallet: z.string().optional(),
    holderWallet: z.string().optional(),
    fromWallet: z.string().optional(),
    toWallet: z.string().optional(),
    metadata: metadata.optional(),
    error: z.string().optional().describe('The validation code of the ledger, if it failed.'),
  })
  .meta({
    id: 'Transaction',
    examples: [
      {
        transactionId: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        type: 'transfer',
        status: 'COMMITTED',
        assetId: 'asset-4f53cda18c2baa0c0354bb5f9a3ecbe5',
        timestamp: '2026-01-31T12:00:00.000Z',
        actor: 'wallet-treasury',
        amount: 1_200,
        fromWallet: 'wallet-treasury',
        toWallet: 'wallet-alice',
      },
    ],
  });

/** A success response: `{ success: true, data, … }`. */
export function data<Data extends z.ZodType>(data: Data, beside: z.ZodRawShape = {}) {
  return z.object({ success: z.literal(true), data, ...beside });
}

/** The schema with another example. */
export function example<Schema extends z.ZodType>(schema: Schema, value: unknown): Schema {
  return schema.meta({ examples: [value] });
}
