import { type Asset, jsonNumber, type Metadata, type TransactionRecord } from 'spydra-sdk';

/*
 * Records as documented for clients: with all their fields, and money as JSON numbers.
 */

export function assetRecord({ metadata, ...asset }: Asset): object {
  const shown = metadata && withoutMarks(metadata);
  return {
    ...asset,
    ...(shown ? { metadata: shown } : {}),
    totalValue: jsonNumber(asset.totalValue),
    pricePerToken: jsonNumber(asset.pricePerToken),
  };
}

export function transactionRecord({ metadata, ...record }: TransactionRecord): object {
  const shown = metadata && withoutMarks(metadata);
  if (!shown || Object.keys(shown).length === 0) return record;
  return { ...record, metadata: shown.purchaseType === 'sale' ? saleMetadata(shown) : shown };
}

/** The fields that the SDK adds to metadata to find a write again are not public. */
function withoutMarks(metadata: Metadata): Metadata {
  const { idempotencyKey: _, idempotencyFingerprint: __, idempotencyCall: ___, ...rest } = metadata;
  return rest;
}

/** The SDK reads a number of more than 15 digits as a string. */
function saleMetadata({ purchasePrice, totalValue, ...rest }: Readonly<Record<string, unknown>>): object {
  return { ...rest, purchasePrice: asNumber(purchasePrice), totalValue: asNumber(totalValue) };
}

function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? jsonNumber(value) : value;
}
