import type { Call, WriteCall } from '../call.js';
import { InvalidResponseError, OutcomeUnknownError, SpydraError } from '../errors.js';
import type { Settings } from '../options.js';
import { Keys } from './keys.js';
import type { Ledger, TransactionRecord } from './ledger.js';
import { WriteOnce } from './write-once.js';

/**
 * Makes the writes of a ledger safe with money: each is sent once, waits for its commit, is submitted again only after
 * it has failed for certain, and ends in OutcomeUnknownError where nobody can tell.
 */
export function safeWrites(ledger: Ledger, settings: Settings, keys = new Keys()): Ledger {
  const once = new WriteOnce(ledger, settings, keys);

  const assetOf = async ({ assetId }: TransactionRecord, call: Call) => {
    if (assetId === undefined) throw new InvalidResponseError('The transaction names no asset.');
    return { assetId, asset: await ledger.getAsset(assetId, call) };
  };
  const balanceOf = async (walletId: string, assetId: string, call: Call) => {
    const balances = await ledger.getBalances(walletId, assetId, call);
    return balances.find((entry) => entry.assetId === assetId)?.balance ?? 0n;
  };

  return {
    ...ledger,

    createAsset: (order, call) =>
      once.run(
        {
          order: { ...order, schema: settings.assetSchemaId },
          trace: { types: ['create'] },
          submit: (sealed) => ledger.createAsset(order, sealed),
          recall: (record) => assetOf(record, call),
        },
        call,
      ),

    updateAsset: (order, call) =>
      once.run(
        {
          order,
          trace: { types: ['update', 'publish'], assetId: order.assetId },
          submit: (sealed) => ledger.updateAsset(order, sealed),
          recall: (record) => assetOf({ ...record, assetId: order.assetId }, call),
        },
        call,
      ),

    mint: (order, call) => {
      const { assetId, amount, recipientWallet } = order;
      return once.run(
        {
          order,
          trace: { types: ['mint'], assetId, amount, recipientWallet },
          submit: (sealed) => ledger.mint(order, sealed),
          recall: async () => ({ newBalance: await balanceOf(recipientWallet, assetId, call) }),
        },
        call,
      );
    },

    burn: (order, call) => {
      const { assetId, amount, holderWallet } = order;
      return once.run(
        {
          order,
          trace: { types: ['burn'], assetId, amount, holderWallet },
          submit: (sealed) => ledger.burn(order, sealed),
          recall: async () => ({ newBalance: await balanceOf(holderWallet, assetId, call) }),
        },
        call,
      );
    },

    transfer: (order, call) => {
      const { assetId, amount, fromWallet, toWallet } = order;
      return once.run(
        {
          order,
          trace: { types: ['transfer'], assetId, amount, fromWallet, toWallet },
          submit: (sealed) => ledger.transfer(order, sealed),
          recall: async () => ({
            fromBalance: await balanceOf(fromWallet, assetId, call),
            toBalance: await balanceOf(toWallet, assetId, call),
          }),
        },
        call,
      );
    },

    // Its answer names no transaction: there is nothing to wait for or to look for.
    addMetadata: (assetId, metadata, call) =>
      ledger.addMetadata(assetId, metadata, call).catch((error) => {
        throw error instanceof SpydraError && error.outcome === 'unknown' ? documentUnknown(error, call) : error;
      }),
  };
}

function documentUnknown(cause: SpydraError, { idempotencyKey }: WriteCall): OutcomeUnknownError {
  const { status, requestId } = cause;
  return new OutcomeUnknownError(
    `The document was sent, but nobody can tell whether it was kept: ${cause.message} It leaves no transaction to look for; sending it again may keep it twice.`,
    { stage: 'submit', idempotencyKey, status, requestId, cause },
  );
}
