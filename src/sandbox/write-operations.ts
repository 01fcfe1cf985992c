import type { TokenContract } from './contract.js';
import { requireAsset } from './contract-state.js';
import { fingerprint, firstUnder } from './idempotency.js';
import type { JsonObject } from './json.js';
import type { Ledger } from './ledger.js';
import { Refusal } from './refusal.js';
import { burnBody, check, createAssetBody, metadataBody, mintBody, transferBody, updateAssetBody } from './requests.js';
import type { Call } from './router.js';
import type { ChaincodeFunction } from './synchronous-simulation.js';
import type { IdempotencyClaim, Transaction, TransactionDetails } from './transaction.js';
import type { TransactionIndex } from './transaction-index.js';

/** The calls that submit a transaction: check the body, invoke the chaincode, respond with its result. */
export function writeOperations(
  ledger: Ledger,
  index: TransactionIndex,
  contract: TokenContract,
  { assetSchemaId, honoursKeys }: { readonly assetSchemaId: string; readonly honoursKeys: boolean },
) {
  function submit<Args, Response extends JsonObject>(
    call: Call,
    chaincode: ChaincodeFunction<Args, Response>,
    args: Args,
    describe: (response: Response) => TransactionDetails,
  ): Transaction {
    ledger.refuseIfStopped();
    const claim = honoursKeys ? claimOf(call) : undefined;
    const first = claim && firstUnder(claim, index);
    return first ?? ledger.submit(chaincode, args, describe, claim);
  }

  return {
    createAsset: (call: Call): JsonObject => {
      const { schemaId, creatorWallet: actor, asset } = check(createAssetBody, call.body);
      if (schemaId !== assetSchemaId) throw new Refusal('NOT_FOUND', `There is no asset schema ${schemaId}.`);
      const describe = ({ assetId }: { assetId: string }) => {
        return { type: 'create', assetId, actor, metadata: asset.metadata };
      };
      return answer(submit(call, contract.createAsset, { asset }, describe));
    },

    updateAsset: (call: Call): JsonObject => {
      const { assetId, updaterWallet: actor, updates } = check(updateAssetBody, call.body);
      if (assetId !== call.params.assetId) {
        const details = [{ field: 'assetId', message: 'must be the asset that the path names' }];
        throw new Refusal('INVALID_REQUEST', 'The body and the path name different assets.', details);
      }
      const type = updates.status === 'published' ? 'publish' : 'update';
      const describe = () => ({ type, assetId, actor, metadata: updates.metadata });
      return answer(submit(call, contract.updateAsset, { assetId, updates }, describe));
    },

    mint: (call: Call): JsonObject => {
      const body = check(mintBody, call.body);
      const { assetId, minterWallet: actor, amount, recipientWallet, metadata } = body;
      const describe = () => ({ type: 'mint', assetId, actor, amount, recipientWallet, metadata });
      return answer(submit(call, contract.mintTokens, body, describe));
    },

    burn: (call: Call): JsonObject => {
      const body = check(burnBody, call.body);
      const { assetId, burnerWallet: actor, amount, holderWallet, metadata } = body;
      const describe = () => ({ type: 'burn', assetId, actor, amount, holderWallet, metadata });
      return answer(submit(call, contract.burnTokens, body, describe));
    },

    transfer: (call: Call): JsonObject => {
      const body = check(transferBody, call.body);
      const { assetId, amount, fromWallet, toWallet, metadata } = body;
      const describe = () => ({ type: 'transfer', assetId, actor: fromWallet, amount, fromWallet, toWallet, metadata });
      return answer(submit(call, contract.transferTokens, body, describe));
    },

    createMetadata: (call: Call): JsonObject => {
      const body = check(metadataBody, call.body);
      const { assetId, metadata } = body;
      // Read outside of the simulation: an asset is never removed, so a document must not fail because its asset is
      // updated in the same block: its response names no transaction that would show it.
      requireAsset(ledger.state, assetId);
      return submit(call, contract.createMetadata, body, () => ({ type: 'metadata', assetId, metadata })).response;
    },
  };
}

/** The response to a write: the chaincode's result, and the transaction's id and status. */
function answer({ transactionId, response }: Transaction): JsonObject {
  return { transactionId, ...response };
}

function claimOf({ method, path, headers, body }: Call): IdempotencyClaim | undefined {
  const key = headers.get('idempotency-key');
  if (key === null) return undefined;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return { key, fingerprint: fingerprint(method, path, body) };
  const details = [{ field: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }];
  throw new Refusal('INVALID_REQUEST', 'The header Idempotency-Key cannot be used as a key.', details);
}
