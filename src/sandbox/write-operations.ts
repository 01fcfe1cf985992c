import { transactWithSweeps } from './debit.js';
import { type Claim, fingerprint, firstUnder } from './idempotency.js';
import { type JsonObject, parseJson, toJson } from './json.js';
import type { Parts } from './parts.js';
import { Refusal } from './refusal.js';
import { burnBody, check, createAssetBody, metadataBody, mintBody, transferBody, updateAssetBody } from './requests.js';
import { toContractFields, toRestAsset } from './rest-asset.js';
import type { Call } from './router.js';
import { SerialQueue } from './serial-queue.js';

/** What of a result of the contract is in the response, beside the transaction's id. */
type Respond = (result: JsonObject) => JsonObject;

/** The calls that submit a transaction: check the body, call the contract, respond with its result. */
export function writeOperations(
  { chain, ledger, index, holdings }: Parts,
  { assetSchemaId, honoursKeys }: { readonly assetSchemaId: string; readonly honoursKeys: boolean },
) {
  const calls = new SerialQueue();

  /** One call at a time, so that a second one under a key finds the first one, pending or not. */
  function submit(call: Call, functionName: string, order: JsonObject, respond: Respond): Promise<JsonObject> {
    return calls.run(async () => {
      ledger.refuseIfStopped();
      const claim = honoursKeys ? claimOf(call) : undefined;
      const first = claim && firstUnder(claim, index);
      if (first !== undefined) return first;
      const reply = (result: string) => ({ response: respond(parseJson(result) as JsonObject), ...claim });
      const args = [toJson(order), claim?.key] as const;
      const { result, transaction } = await transactWithSweeps({ chain, ledger }, functionName, args, { reply });
      return transaction?.reply?.response ?? reply(result).response;
    });
  }

  /** The committed balance after this write. What was applied before, under the same key, is in it already. */
  function balanceAfter(walletId: string, assetId: string, change: bigint, { replayed }: JsonObject): bigint {
    return holdings.balanceOf(walletId, assetId) + (replayed === true ? 0n : change);
  }

  return {
    createAsset: async (call: Call): Promise<JsonObject> => {
      const { schemaId, creatorWallet, asset } = check(createAssetBody, call.body);
      if (schemaId !== assetSchemaId) throw new Refusal('NOT_FOUND', `There is no asset schema ${schemaId}.`);
      const order = { creatorWallet, asset: toContractFields(asset) };
      return submit(call, 'CreateAsset', order, ({ transactionId, assetId, asset: created }) => {
        return { transactionId, assetId, asset: toRestAsset(created as JsonObject) };
      });
    },

    updateAsset: async (call: Call): Promise<JsonObject> => {
      const { assetId, updaterWallet, updates } = check(updateAssetBody, call.body);
      if (assetId !== call.params.assetId) {
        const details = [{ field: 'assetId', message: 'must be the asset that the path names' }];
        throw new Refusal('INVALID_REQUEST', 'The body and the path name different assets.', details);
      }
      const order = { assetId, updaterWallet, updates: toContractFields(updates) };
      return submit(call, 'UpdateAsset', order, ({ transactionId, asset }) => {
        return { transactionId, asset: toRestAsset(asset as JsonObject) };
      });
    },

    mint: async (call: Call): Promise<JsonObject> => {
      const order = check(mintBody, call.body);
      return submit(call, 'MintTokens', order, (result) => ({
        transactionId: result.transactionId,
        newBalance: balanceAfter(order.recipientWallet, order.assetId, BigInt(order.amount), result),
      }));
    },

    burn: async (call: Call): Promise<JsonObject> => {
      const order = check(burnBody, call.body);
      return submit(call, 'BurnTokens', order, (result) => ({
        transactionId: result.transactionId,
        newBalance: balanceAfter(order.holderWallet, order.assetId, -BigInt(order.amount), result),
      }));
    },

    transfer: async (call: Call): Promise<JsonObject> => {
      const order = check(transferBody, call.body);
      const { assetId, fromWallet, toWallet, amount } = order;
      return submit(call, 'TransferTokens', order, (result) => ({
        transactionId: result.transactionId,
        fromBalance: balanceAfter(fromWallet, assetId, -BigInt(amount), result),
        toBalance: balanceAfter(toWallet, assetId, BigInt(amount), result),
      }));
    },

    createMetadata: async (call: Call): Promise<JsonObject> => {
      const { assetId, metadata } = check(metadataBody, call.body);
      return submit(call, 'CreateMetadata', { assetId, metadata }, ({ metadataId }) => ({ metadataId }));
    },
  };
}

function claimOf({ method, path, headers, body }: Call): Claim | undefined {
  const key = headers.get('idempotency-key');
  if (key === null) return undefined;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return { key, fingerprint: fingerprint(method, path, body) };
  const details = [{ field: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }];
  throw new Refusal('INVALID_REQUEST', 'The header Idempotency-Key cannot be used as a key.', details);
}
