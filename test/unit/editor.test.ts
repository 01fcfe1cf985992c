import * as sdk from 'spydra-sdk';
import {
  ASSET_STATUSES,
  ASSET_TYPES,
  type SpydraError,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
  VALIDATION_CODES,
} from 'spydra-sdk';
import { afterAll, describe, expect, it } from 'vitest';
import { Editor } from '../helpers/editor.js';

// The compiler is slow on a busy machine.
const TIMEOUT = 600_000;
const editor = new Editor();
afterAll(() => editor.close());

/** The declarations that the texts below use. */
const GIVEN = `
  import { type Asset, type AssetResult, type Holding, SpydraClient, SpydraError, type TransactionRecord } from 'spydra-sdk';
  export declare const spydra: SpydraClient, asset: Asset, written: AssetResult, holding: Holding, record: TransactionRecord;
  export const isSpydraError = (error: unknown) => error instanceof SpydraError;
  export declare const error: unknown;
`;

/** The codes of every error class at run time. */
const CODES = Object.values(sdk)
  .filter((value): value is typeof SpydraError => typeof value === 'function' && value.prototype instanceof Error)
  .map(({ code }) => code);

const SUGGESTED: readonly [text: string, values: readonly string[]][] = [
  ["spydra.assets.create({ assetType: '¦' })", ASSET_TYPES],
  ["spydra.assets.update('a', { updates: { assetType: '¦' } })", ASSET_TYPES],
  ["spydra.assets.update('a', { updates: { status: '¦' } })", ASSET_STATUSES],
  ["spydra.assets.list({ assetType: '¦' })", ASSET_TYPES],
  ["spydra.assets.list({ status: '¦' })", ASSET_STATUSES],
  ["spydra.transactions.list({ type: '¦' })", TRANSACTION_TYPES],
  ["spydra.transactions.list({ type: ['¦'] })", TRANSACTION_TYPES],
  ["asset.assetType === '¦'", ASSET_TYPES],
  ["asset.status === '¦'", ASSET_STATUSES],
  ["written.asset.status === '¦'", ASSET_STATUSES],
  ["written.status === '¦'", ['committed', 'pending']],
  ["holding.assetType === '¦'", ASSET_TYPES],
  ["record.type === '¦'", TRANSACTION_TYPES],
  ["record.status === '¦'", TRANSACTION_STATUSES],
  ["record.error === '¦'", VALIDATION_CODES],
  ["switch (asset.status) { case '¦': }", ASSET_STATUSES],
  ["error instanceof SpydraError && error.code === '¦'", CODES],
  ["if (error instanceof SpydraError) switch (error.code) { case '¦': }", CODES],
];

describe('an editor', () => {
  it.each(SUGGESTED)('suggests the known values in %s', { timeout: TIMEOUT }, (text, values) => {
    expect(editor.suggestions(`${GIVEN}\n${text}`).sort()).toEqual([...values].sort());
  });

  it('accepts any other value', { timeout: TIMEOUT }, () => {
    const text = `${GIVEN}
      spydra.assets.list({ assetType: 'ship', status: 'frozen' });
      spydra.assets.update('a', { updates: { assetType: 'ship', status: 'frozen' }, updaterWallet: 'w' });
      spydra.transactions.list({ type: 'freeze' });
      spydra.transactions.list({ type: ['mint', 'freeze'] });
      if (asset.status === 'frozen' || record.type === 'freeze' || record.status === 'QUEUED') asset.status.toUpperCase();
      export const either: string = asset.assetType;
      export const other: Asset['assetType'] = either;`;
    expect(editor.faults(text)).toEqual([]);
  });

  it('rejects a misspelled code', { timeout: TIMEOUT }, () => {
    const [fault, ...others] = editor.faults(
      `${GIVEN}\nif (error instanceof SpydraError && error.code === 'INSUFICIENT_BALANCE') throw error;`,
    );
    expect(fault?.message).toContain('"INSUFICIENT_BALANCE"\' have no overlap');
    expect(others).toEqual([]);
  });
});
