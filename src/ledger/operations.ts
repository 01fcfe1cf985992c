import type { Call, WriteCall } from '../core/call.js';
import { InvalidResponseError } from '../errors.js';
import type { TransactionType, WriteType } from '../known-values.js';
import type { Settings } from '../options.js';
import type { Asset, Ledger, Metadata, TransactionRecord } from './ledger.js';

/*
 * The writes of the port that leave a transaction: their orders, their receipts, and one table of what they are.
 */

export interface CreateOrder extends Omit<Asset, 'assetId' | 'status'> {
  readonly creatorWallet: string;
}

/** Fields of an asset to set; what is undefined stays. */
export type AssetChanges = { readonly [K in Exclude<keyof Asset, 'assetId'>]?: Asset[K] | undefined };

export interface UpdateOrder {
  readonly assetId: string;
  readonly updaterWallet: string;
  readonly updates: AssetChanges;
}

export interface MintOrder {
  readonly assetId: string;
  readonly recipientWallet: string;
  readonly amount: bigint;
  readonly minterWallet: string;
  readonly metadata?: Metadata | undefined;
}

export interface BurnOrder {
  readonly assetId: string;
  readonly holderWallet: string;
  readonly amount: bigint;
  readonly burnerWallet: string;
  readonly metadata?: Metadata | undefined;
}

export interface TransferOrder {
  readonly assetId: string;
  readonly fromWallet: string;
  readonly toWallet: string;
  readonly amount: bigint;
  readonly metadata?: Metadata | undefined;
}

/** The response to a write. */
export interface Receipt {
  readonly transactionId: string;
  /** `'pending'`: the server has taken it. `'committed'`: it is on the ledger. */
  readonly status: 'pending' | 'committed';
}
export interface AssetReceipt extends Receipt {
  readonly assetId: string;
  readonly asset: Asset;
}
/** Balances as they will be after the commit. */
export interface BalanceReceipt extends Receipt {
  readonly newBalance: bigint;
}
export interface TransferReceipt extends Receipt {
  readonly fromBalance: bigint;
  readonly toBalance: bigint;
}

/** The writes of a {@link Ledger}, each with its row in `OPERATIONS`. */
export interface Writes {
  createAsset(order: CreateOrder, call: WriteCall): Promise<AssetReceipt>;
  updateAsset(order: UpdateOrder, call: WriteCall): Promise<AssetReceipt>;
  mint(order: MintOrder, call: WriteCall): Promise<BalanceReceipt>;
  burn(order: BurnOrder, call: WriteCall): Promise<BalanceReceipt>;
  transfer(order: TransferOrder, call: WriteCall): Promise<TransferReceipt>;
}

type WalletField = 'recipientWallet' | 'holderWallet' | 'fromWallet' | 'toWallet';

/** What a write's record states beside its key: its type, and the fields that were sent. */
export interface WriteIdentity extends Partial<Pick<TransactionRecord, 'assetId' | 'amount' | WalletField>> {
  readonly types: readonly TransactionType[];
}

/** What a write is. */
export interface Operation<Order, R extends Receipt> {
  /** The types that its record may have; the first one names it. */
  readonly types: readonly [WriteType, ...TransactionType[]];
  /** The fields of the order that its record states. */
  identity(order: Order): Omit<WriteIdentity, 'types'>;
  /** If it moves tokens: the fields of its record that state from and to which wallet. A mint has no source. */
  readonly movement?: { readonly from?: WalletField; readonly to?: WalletField };
  /** What the contract reads in addition to the order, for the fingerprint. */
  readonly context?: (settings: Pick<Settings, 'assetSchemaId'>) => object;
  /** The keys of the world state that it changes. Of two writes to one of them, a block commits one. */
  ledgerKeys(order: Order): readonly string[];
  /** The cache tags that it invalidates; `receipt` is undefined if its outcome is unknown. */
  tags(order: Order, receipt: R | undefined): readonly string[];
  send(ledger: Writes, order: Order, call: WriteCall): Promise<R>;
  /** Reads its result where there is no receipt. */
  readResult(ledger: Ledger, order: Order, record: TransactionRecord, call: Call): Promise<Omit<R, keyof Receipt>>;
}

/** What cached reads depend on, by which their entries are invalidated. */
export const tag = {
  /** Lists of assets, and the names that balances state. */
  assets: 'assets',
  /** Transactions of everything. */
  transactions: 'transactions',
  /** An asset itself; a server may state in it what circulates. */
  asset: (assetId: string) => `asset:${assetId}`,
  /** Who holds an asset, and its transactions. */
  tokens: (assetId: string) => `tokens:${assetId}`,
  /** What a wallet holds, and its transactions. */
  wallet: (walletId: string) => `wallet:${walletId}`,
};

/** The tags of what a write changes that moves tokens of an asset. */
function moved(assetId: string | undefined, ...wallets: readonly (string | undefined)[]): string[] {
  const holders = wallets.filter((walletId) => walletId !== undefined).map(tag.wallet);
  return [tag.transactions, ...(assetId === undefined ? [] : [tag.tokens(assetId)]), ...holders];
}

/** The tags of what a write changes that changes an asset or what there is of it. */
export function changed(assetId: string | undefined, ...wallets: readonly (string | undefined)[]): string[] {
  return [...moved(assetId, ...wallets), ...(assetId === undefined ? [] : [tag.asset(assetId)])];
}

type OperationOf<Write extends (order: never, call: WriteCall) => Promise<Receipt>> = Operation<
  Parameters<Write>[0],
  Awaited<ReturnType<Write>>
>;

const OPERATIONS: { readonly [Name in keyof Writes]: OperationOf<Writes[Name]> } = {
  createAsset: {
    types: ['create'],
    identity: () => ({}),
    context: ({ assetSchemaId }) => ({ schema: assetSchemaId }),
    ledgerKeys: () => [],
    tags: ({ creatorWallet }, created) => [tag.assets, ...changed(created?.assetId, creatorWallet)],
    send: (ledger, order, call) => ledger.createAsset(order, call),
    readResult: (ledger, _order, { assetId }, call) => assetOf(ledger, assetId, call),
  },
  updateAsset: {
    types: ['update', 'publish'],
    identity: ({ assetId }) => ({ assetId }),
    ledgerKeys: ({ assetId }) => [ledgerKey('asset', assetId)],
    tags: ({ assetId, updaterWallet }) => [tag.assets, ...changed(assetId, updaterWallet)],
    send: (ledger, order, call) => ledger.updateAsset(order, call),
    readResult: (ledger, { assetId }, _record, call) => assetOf(ledger, assetId, call),
  },
  mint: {
    types: ['mint'],
    movement: { to: 'recipientWallet' },
    identity: ({ assetId, amount, recipientWallet }) => ({ assetId, amount, recipientWallet }),
    ledgerKeys: ({ assetId, recipientWallet }) => [
      ledgerKey('supply', assetId),
      ledgerKey('balance', assetId, recipientWallet),
    ],
    tags: ({ assetId, recipientWallet, minterWallet }) => changed(assetId, recipientWallet, minterWallet),
    send: (ledger, order, call) => ledger.mint(order, call),
    readResult: async (ledger, { assetId, recipientWallet }, _record, call) => ({
      newBalance: await balanceOf(ledger, recipientWallet, assetId, call),
    }),
  },
  burn: {
    types: ['burn'],
    movement: { from: 'holderWallet' },
    identity: ({ assetId, amount, holderWallet }) => ({ assetId, amount, holderWallet }),
    ledgerKeys: ({ assetId, holderWallet }) => [
      ledgerKey('supply', assetId),
      ledgerKey('balance', assetId, holderWallet),
    ],
    tags: ({ assetId, holderWallet, burnerWallet }) => changed(assetId, holderWallet, burnerWallet),
    send: (ledger, order, call) => ledger.burn(order, call),
    readResult: async (ledger, { assetId, holderWallet }, _record, call) => ({
      newBalance: await balanceOf(ledger, holderWallet, assetId, call),
    }),
  },
  transfer: {
    types: ['transfer'],
    movement: { from: 'fromWallet', to: 'toWallet' },
    identity: ({ assetId, amount, fromWallet, toWallet }) => ({ assetId, amount, fromWallet, toWallet }),
    ledgerKeys: ({ assetId, fromWallet, toWallet }) => [
      ledgerKey('balance', assetId, fromWallet),
      ledgerKey('balance', assetId, toWallet),
    ],
    tags: ({ assetId, fromWallet, toWallet }) => moved(assetId, fromWallet, toWallet),
    send: (ledger, order, call) => ledger.transfer(order, call),
    readResult: async (ledger, { assetId, fromWallet, toWallet }, _record, call) => ({
      fromBalance: await balanceOf(ledger, fromWallet, assetId, call),
      toBalance: await balanceOf(ledger, toWallet, assetId, call),
    }),
  },
};

type AnyOperation = Operation<unknown, Receipt>;

const ROWS = Object.entries(OPERATIONS) as [string, AnyOperation][];

/** Makes each write of a ledger from its row. */
export function mapOperations(
  make: <Order, R extends Receipt>(operation: Operation<Order, R>) => (order: Order, call: WriteCall) => Promise<R>,
): Writes {
  return Object.fromEntries(ROWS.map(([name, operation]) => [name, make(operation)])) as unknown as Writes;
}

/** The types of transactions that move tokens. */
export const TOKEN_OPERATIONS = ROWS.flatMap(([, { types, movement }]) => (movement ? types : []));

/** How many tokens a transaction moves, and between which wallets: a mint has no source, a burn no destination. */
interface Movement {
  readonly amount: bigint | undefined;
  /** Empty where the record does not state it. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The movement of a transaction that moves tokens. */
export function movementOf(record: TransactionRecord): Movement | undefined {
  const [, operation] = ROWS.find(([, { types }]) => types.includes(record.type)) ?? [];
  if (!operation?.movement) return undefined;
  const { from, to } = operation.movement;
  return { amount: record.amount, from: from && (record[from] ?? ''), to: to && (record[to] ?? '') };
}

/** The cache tags of what a transaction has changed. */
export function tagsOfRecord(record: TransactionRecord): string[] {
  const { assetId, recipientWallet, holderWallet, fromWallet, toWallet, actor } = record;
  const tags = changed(assetId, recipientWallet, holderWallet, fromWallet, toWallet, actor);
  return movementOf(record) ? tags : [tag.assets, ...tags];
}

/** The name of a key of the world state: one for an asset, its supply, and each of its balances. Ids may hold any text. */
function ledgerKey(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

async function assetOf(ledger: Ledger, assetId: string | undefined, call: Call) {
  if (assetId === undefined) throw new InvalidResponseError('The transaction names no asset.');
  return { assetId, asset: await ledger.getAsset(assetId, call) };
}

async function balanceOf(ledger: Ledger, walletId: string, assetId: string, call: Call): Promise<bigint> {
  const balances = await ledger.getBalances(walletId, assetId, call);
  return balances.find((entry) => entry.assetId === assetId)?.balance ?? 0n;
}
