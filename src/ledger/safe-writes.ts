import type { Call, WriteCall } from '../call.js';
import { InvalidResponseError, OutcomeUnknownError, SpydraError } from '../errors.js';
import type { Settings } from '../options.js';
import type { Ledger, TransactionRecord } from './ledger.js';
import { told } from './told.js';
import { Shared, WriteOnce } from './write-once.js';

/**
 * Makes the writes of a ledger safe with money: each is sent once, waits for its commit, is submitted again only after
 * it has failed for certain, and ends in OutcomeUnknownError where nobody can tell.
 */
export function safeWrites(ledger: Ledger, settings: Settings, shared = new Shared()): Ledger {
  const once = new WriteOnce(ledger, settings, shared);

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
          type: 'create',
          order: { ...order, schema: settings.assetSchemaId },
          trace: { types: ['create'] },
          touches: [],
          submit: (sealed) => ledger.createAsset(order, sealed),
          recall: (record) => assetOf(record, call),
        },
        call,
      ),

    updateAsset: (order, call) =>
      once.run(
        {
          type: 'update',
          order,
          trace: { types: ['update', 'publish'], assetId: order.assetId },
          touches: [assetKey(order.assetId)],
          submit: (sealed) => ledger.updateAsset(order, sealed),
          recall: (record) => assetOf({ ...record, assetId: order.assetId }, call),
        },
        call,
      ),

    mint: (order, call) => {
      const { assetId, amount, recipientWallet } = order;
      return once.run(
        {
          type: 'mint',
          order,
          trace: { types: ['mint'], assetId, amount, recipientWallet },
          touches: [supplyKey(assetId), balanceKey(assetId, recipientWallet)],
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
          type: 'burn',
          order,
          trace: { types: ['burn'], assetId, amount, holderWallet },
          touches: [supplyKey(assetId), balanceKey(assetId, holderWallet)],
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
          type: 'transfer',
          order,
          trace: { types: ['transfer'], assetId, amount, fromWallet, toWallet },
          touches: [balanceKey(assetId, fromWallet), balanceKey(assetId, toWallet)],
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
      told({
        type: 'metadata',
        call,
        logger: settings.logger,
        run: () =>
          ledger.addMetadata(assetId, metadata, call).catch((error) => {
            throw error instanceof SpydraError && error.outcome === 'unknown' ? documentUnknown(error, call) : error;
          }),
        progress: () => ({ submissions: 1, commitMs: undefined }),
      }),
  };
}

/*
 * The keys of the world state that Spydra's contract changes: one for an asset, its supply, and each of its balances.
 */
const assetKey = (assetId: string) => `asset ${assetId}`;
const supplyKey = (assetId: string) => `supply ${assetId}`;
const balanceKey = (assetId: string, walletId: string) => `balance ${assetId} ${walletId}`;

function documentUnknown(cause: SpydraError, { idempotencyKey }: WriteCall): OutcomeUnknownError {
  const { status, requestId } = cause;
  return new OutcomeUnknownError(
    `The document was sent, but nobody can tell whether it was kept: ${cause.message} It leaves no transaction to look for; sending it again may keep it twice.`,
    { stage: 'submit', idempotencyKey, status, requestId, cause },
  );
}
