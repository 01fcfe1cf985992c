import { type Asset, jsonNumber, type TransactionRecord } from 'spydra-sdk';

/*
 * Records as the documented clients read them: with all their fields, and money as JSON numbers.
 */

export function assetRecord(asset: Asset): object {
  return { ...asset, totalValue: jsonNumber(asset.totalValue), pricePerToken: jsonNumber(asset.pricePerToken) };
}

export function transactionRecord(record: TransactionRecord): object {
  const { metadata } = record;
  return metadata?.purchaseType === 'sale' ? { ...record, metadata: saleMetadata(metadata) } : record;
}

/** The SDK reads a number of more than 15 digits as a string. */
function saleMetadata({ purchasePrice, totalValue, ...rest }: Readonly<Record<string, unknown>>): object {
  return { ...rest, purchasePrice: asNumber(purchasePrice), totalValue: asNumber(totalValue) };
}

function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? jsonNumber(value) : value;
}
