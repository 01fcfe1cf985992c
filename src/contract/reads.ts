import { parseArgument } from './arguments.js';
import { listAssets, readAsset, readDocument } from './asset-reads.js';
import { readAccountBalances, readBalances, readCredits, readHolders, readSupply } from './balance-reads.js';
import { idempotencyKey } from './claims.js';
import { read } from './fields.js';
import { FINGERPRINT_VERSION } from './fingerprint.js';
import type { Identity } from './identity.js';
import type { Json, JsonObject } from './json.js';
import { claimKey, policyKey } from './keys.js';
import type { Reader } from './reader.js';
import { listRecords, readRecord } from './record-reads.js';
import { CONTRACT_VERSION } from './write.js';

/** What a read may ask. */
export interface ReadContext {
  readonly reader: Reader;
  readonly identity: Identity;
  readonly adminMsp: string;
}

export interface ReadFunction {
  /** How many arguments it takes at most. */
  readonly takes: number;
  readonly run: (context: ReadContext, args: readonly string[]) => Promise<Json>;
}

/** The functions that write nothing: evaluate them, for submitting one orders an empty transaction. */
export const READS: ReadonlyMap<string, ReadFunction> = new Map<string, ReadFunction>([
  ['Asset', { takes: 1, run: ({ reader }, [assetId]) => readAsset(reader, assetId) }],
  ['Assets', { takes: 1, run: ({ reader }, [query]) => listAssets(reader, parseQuery(query)) }],
  ['Balances', { takes: 2, run: ({ reader }, [walletId, assetId]) => readBalances(reader, walletId, assetId) }],
  [
    'AccountBalances',
    { takes: 1, run: ({ reader }, [accounts]) => readAccountBalances(reader, parseArgument(accounts, 'accounts')) },
  ],
  ['Holders', { takes: 1, run: ({ reader }, [assetId]) => readHolders(reader, assetId) }],
  ['Supply', { takes: 1, run: ({ reader }, [assetId]) => readSupply(reader, assetId) }],
  ['Credits', { takes: 2, run: ({ reader }, [assetId, walletId]) => readCredits(reader, assetId, walletId) }],
  ['Record', { takes: 1, run: ({ reader }, [transactionId]) => readRecord(reader, transactionId) }],
  ['Records', { takes: 1, run: ({ reader }, [query]) => listRecords(reader, parseQuery(query)) }],
  ['Claim', { takes: 1, run: readClaim }],
  ['Document', { takes: 1, run: ({ reader }, [metadataId]) => readDocument(reader, metadataId) }],
  ['Policy', { takes: 0, run: async ({ reader }) => (await reader.get(policyKey)) ?? { policy: null } }],
  ['Version', { takes: 0, run: async ({ adminMsp }) => versionOf(adminMsp) }],
]);

/** The state of a key of the submitter's MSP. `absent` proves nothing: a call that is held under it may still commit. */
async function readClaim({ reader, identity }: ReadContext, [key]: readonly string[]): Promise<JsonObject> {
  const claim = await reader.get(claimKey(identity.mspId, read(idempotencyKey, key, 'key')));
  return claim ?? { state: 'absent' };
}

function versionOf(adminMsp: string): JsonObject {
  return { contractVersion: CONTRACT_VERSION, fingerprintVersion: FINGERPRINT_VERSION, adminMsp };
}

function parseQuery(text = '{}'): Json {
  return parseArgument(text, 'query');
}
