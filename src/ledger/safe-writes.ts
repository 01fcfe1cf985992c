import type { Call, WriteCall } from '../call.js';
import type { Settings } from '../options.js';
import { holds, type Trace } from './earlier-write.js';
import type { AssetReceipt, Ledger, Metadata, Receipt, TransactionRecord } from './ledger.js';
import { keyIsTaken, orUnknown, WriteOnce } from './write-once.js';

/**
 * Makes the writes of a ledger safe with money: each is sent once, waits for its commit, is submitted again only after
 * it has failed for certain, and ends in OutcomeUnknownError where nobody can tell.
 */
export function safeWrites(ledger: Ledger, settings: Pick<Settings, 'logger' | 'retries'>): Ledger {
  const once = new WriteOnce(ledger, settings);
  const recalledAsset = assetOf(ledger);
  const balanceOf = async (walletId: string, assetId: string, call: Call) => {
    const balances = await ledger.getBalances(walletId, assetId, call);
    return balances.find((entry) => entry.assetId === assetId)?.balance ?? 0n;
  };

  return {
    ...ledger,

    createAsset(order, call) {
      const { metadata = {}, creatorWallet: _, ...fields } = order;
      const trace = { types: ['create'], fields: {}, metadata };
      const submit = () => ledger.createAsset(order, call);
      return once.run({ trace, submit, recall: (record) => recalledAsset(record, fields, call) }, call);
    },

    updateAsset(order, call) {
      const { metadata = {}, ...fields } = order.updates;
      const trace = { types: ['update', 'publish'], assetId: order.assetId, fields: {}, metadata };
      const submit = () => ledger.updateAsset(order, call);
      return once.run({ trace, submit, recall: (record) => recalledAsset(record, fields, call) }, call);
    },

    mint(order, call) {
      const { assetId, recipientWallet } = order;
      const trace = traceOf('mint', order, { recipientWallet });
      const recall = async () => ({ newBalance: await balanceOf(recipientWallet, assetId, call) });
      return once.run({ trace, submit: () => ledger.mint(order, call), recall }, call);
    },

    burn(order, call) {
      const { assetId, holderWallet } = order;
      const trace = traceOf('burn', order, { holderWallet });
      const recall = async () => ({ newBalance: await balanceOf(holderWallet, assetId, call) });
      return once.run({ trace, submit: () => ledger.burn(order, call), recall }, call);
    },

    transfer(order, call) {
      const { assetId, fromWallet, toWallet } = order;
      const trace = traceOf('transfer', order, { fromWallet, toWallet });
      const recall = async () => ({
        fromBalance: await balanceOf(fromWallet, assetId, call),
        toBalance: await balanceOf(toWallet, assetId, call),
      });
      return once.run({ trace, submit: () => ledger.transfer(order, call), recall }, call);
    },

    // No transaction: there is nothing to wait for or to look for.
    addMetadata: (assetId, metadata, call) =>
      ledger.addMetadata(assetId, metadata, call).catch((error) => {
        throw orUnknown(error, call);
      }),
  };
}

function traceOf(
  type: string,
  order: { readonly assetId: string; readonly amount: bigint; readonly metadata?: Metadata | undefined },
  wallets: Partial<TransactionRecord>,
): Trace {
  const { assetId, amount, metadata = {} } = order;
  return { types: [type], assetId, fields: { amount, ...wallets }, metadata };
}

/** Reads the asset that an earlier write left, if it still is what that write made it. */
function assetOf(ledger: Pick<Ledger, 'getAsset'>) {
  return async (
    record: TransactionRecord,
    wanted: object,
    call: WriteCall,
  ): Promise<Omit<AssetReceipt, keyof Receipt>> => {
    if (record.assetId === undefined) throw keyIsTaken(record, call);
    const asset = await ledger.getAsset(record.assetId, call);
    if (!holds(asset, wanted)) throw keyIsTaken(record, call);
    return { assetId: asset.assetId, asset };
  };
}
