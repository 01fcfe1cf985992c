import * as z from 'zod/mini';
import type { WriteCall } from '../core/call.js';
import type { Ledger } from '../ledger/ledger.js';
import type { AssetReceipt, Receipt, Writes } from '../ledger/operations.js';
import * as record from '../ledger/records.js';
import type { WriteLockMode } from '../options.js';
import { BalanceReads, type ReadAccounts } from './balance-reads.js';
import { Batches, MAX_ORDERS } from './batches.js';
import type { Chain, Transacted } from './chain.js';
import {
  type Account,
  assetLock,
  balanceLock,
  type ClaimedWrite,
  ClaimedWrites,
  supplyLock,
} from './claimed-writes.js';
import { contractEvents } from './contract-events.js';
import { contractReads, readAccounts } from './contract-reads.js';
import { resultUnread } from './errors.js';
import { read, readApplied } from './results.js';

/** How {@link contractLedger} writes. */
export interface ContractLedgerOptions {
  /**
   * When writes that overwrite the same balance or supply run one at a time, since a block commits only one of them.
   * `'adaptive'`, the default: after a read conflict; `'always'`; `'never'`.
   */
  readonly writeLocks?: WriteLockMode | undefined;
}

/**
 * The token contract on a channel, as a Ledger. Each write takes effect exactly once, by the claim that the contract keeps
 * on its idempotency key.
 *
 * @example
 * ```ts
 * const spydra = new SpydraClient({ ledger: contractLedger(chain) });
 * ```
 */
export function contractLedger(chain: Chain, { writeLocks = 'adaptive' }: ContractLedgerOptions = {}): Ledger {
  const reads = contractReads(chain);
  const writes = new ClaimedWrites(chain, writeLocks);
  const batches = new Batches(writes);
  const apply = (write: ClaimedWrite, call: WriteCall) => (call.isOneOfMany ? batches : writes).apply(write, call);
  return {
    name: chain.name,
    batchSize: MAX_ORDERS,
    ...reads,
    ...assetWrites(apply),
    ...tokenWrites(
      apply,
      balanceReader((accounts, call) => readAccounts(chain, accounts, call)),
    ),
    voidKey: (call) => writes.void(call),
    ...(isHeard(chain) && { listen: contractEvents(chain, reads.getTransaction) }),
    ...(chain.close && { close: () => chain.close?.() ?? Promise.resolve() }),
  };
}

function isHeard(chain: Chain): chain is Chain & Required<Pick<Chain, 'height' | 'listen'>> {
  return chain.listen !== undefined && chain.height !== undefined;
}

type Apply = (write: ClaimedWrite, call: WriteCall) => Promise<Transacted>;

const changedAsset = z.looseObject({ assetId: record.text, asset: record.asset });
const addedDocument = z.looseObject({ metadataId: record.text });

/** The writes of assets: the contract returns what they leave. */
function assetWrites(apply: Apply): Pick<Ledger, 'createAsset' | 'updateAsset' | 'addMetadata'> {
  const change = async (write: ClaimedWrite, call: WriteCall): Promise<AssetReceipt> => {
    const transacted = await apply(write, call);
    const { assetId, asset } = readResult(changedAsset, transacted, call);
    return { ...receiptOf(transacted), assetId, asset };
  };

  return {
    createAsset: ({ creatorWallet, totalSupply, ...fields }, call) => {
      const asset = { ...fields, totalSupply: totalSupply.toString() };
      return change({ functionName: 'CreateAsset', order: { creatorWallet, asset }, locks: [] }, call);
    },

    updateAsset: ({ assetId, updaterWallet, updates: { totalSupply, ...fields } }, call) => {
      const updates = { ...fields, totalSupply: totalSupply?.toString() };
      const locks = [assetLock(assetId), ...(totalSupply === undefined ? [] : [supplyLock(assetId)])];
      return change({ functionName: 'UpdateAsset', order: { assetId, updaterWallet, updates }, locks }, call);
    },

    addMetadata: async (assetId, metadata, call) => {
      const write = { functionName: 'CreateMetadata', order: { assetId, metadata }, locks: [] };
      const transacted = await apply(write, call);
      const { metadataId } = readResult(addedDocument, transacted, call);
      return { metadataId, status: receiptOf(transacted).status };
    },
  };
}

/** Reads balances, those after a batch together. */
function balanceReader(read: ReadAccounts): ReadAccounts {
  const together = new BalanceReads(read);
  return (accounts, call) => (call.isOneOfMany ? together.read(accounts, call) : read(accounts, call));
}

/** An account of which a write changes the balance, and by how many tokens. */
interface Change extends Account {
  readonly by: bigint;
}

/** The writes that move tokens. */
function tokenWrites(apply: Apply, readBalances: ReadAccounts): Pick<Writes, 'mint' | 'burn' | 'transfer'> {
  /**
   * Applies a write, and reads the balances after its commit: endorsement does not know what else is credited to a
   * wallet. For a write that is not waited for, they are predicted from those before it.
   */
  const move = async (write: ClaimedWrite, changes: readonly Change[], call: WriteCall) => {
    const balances = () => readBalances(changes, call);
    const before = call.confirm ? undefined : await balances();
    const receipt = receiptOf(await apply(write, call));
    if (receipt.status === 'pending' && before) {
      return { ...receipt, balances: changes.map(({ by }, index) => (before[index] ?? 0n) + by) };
    }
    const after = await balances().catch((cause: unknown) => {
      throw resultUnread(receipt.transactionId, call, cause);
    });
    return { ...receipt, balances: after };
  };

  return {
    mint: async (order, call) => {
      const { assetId, recipientWallet, amount } = order;
      const write = { functionName: 'MintTokens', order: withDigits(order), locks: [supplyLock(assetId)] };
      const changes = [{ assetId, walletId: recipientWallet, by: amount }];
      const { balances, ...receipt } = await move(write, changes, call);
      return { ...receipt, newBalance: balances[0] ?? 0n };
    },

    burn: async (order, call) => {
      const { assetId, holderWallet, amount } = order;
      const debits = { assetId, walletId: holderWallet };
      const locks = [supplyLock(assetId), balanceLock(debits)];
      const write = { functionName: 'BurnTokens', order: withDigits(order), locks, debits };
      const { balances, ...receipt } = await move(write, [{ ...debits, by: -amount }], call);
      return { ...receipt, newBalance: balances[0] ?? 0n };
    },

    transfer: async (order, call) => {
      const { assetId, fromWallet, toWallet, amount } = order;
      const debits = { assetId, walletId: fromWallet };
      const write = { functionName: 'TransferTokens', order: withDigits(order), locks: [balanceLock(debits)], debits };
      const changes = [
        { ...debits, by: -amount },
        { assetId, walletId: toWallet, by: amount },
      ];
      const { balances, ...receipt } = await move(write, changes, call);
      return { ...receipt, fromBalance: balances[0] ?? 0n, toBalance: balances[1] ?? 0n };
    },
  };
}

function receiptOf({ result, isCommitted }: Transacted): Receipt {
  return { transactionId: readApplied(result).transactionId, status: isCommitted ? 'committed' : 'pending' };
}

/** @throws OutcomeUnknownError, for the write is on the ledger whatever it has returned */
function readResult<T>(schema: z.ZodMiniType<T>, transacted: Transacted, call: WriteCall): T {
  try {
    return read(schema, transacted.result);
  } catch (cause) {
    throw resultUnread(receiptOf(transacted).transactionId, call, cause);
  }
}

/** Amounts are strings of digits in the contract. */
function withDigits<Order extends { readonly amount: bigint }>(order: Order) {
  return { ...order, amount: order.amount.toString() };
}
