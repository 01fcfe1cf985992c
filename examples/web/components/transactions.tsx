import { grouped } from '../lib/decimal';
import type { Transaction } from '../server/backend/types';
import { DataTable } from './data-table';
import { when } from './when';

interface Props {
  readonly caption: string;
  readonly transactions: readonly Transaction[];
  /** The wallet from whose side amounts are seen. */
  readonly wallet?: string | undefined;
}

/** Transactions as a table, newest first. */
export function Transactions({ caption, transactions, wallet }: Props) {
  if (transactions.length === 0) return <p className="empty">{caption}: nothing has happened yet.</p>;
  return (
    <DataTable caption={caption} columns={['When', 'What', '#Tokens', 'From', 'To', 'State']}>
      {transactions.map((transaction) => (
        <Line key={transaction.transactionId} transaction={transaction} wallet={wallet} />
      ))}
    </DataTable>
  );
}

function Line({ transaction, wallet }: { readonly transaction: Transaction; readonly wallet: string | undefined }) {
  const { timestamp, type, amount, fromWallet, holderWallet, toWallet, recipientWallet, status, metadata } =
    transaction;
  const from = fromWallet ?? holderWallet;
  const to = toWallet ?? recipientWallet;
  const sign = wallet === undefined || amount === undefined ? '' : to === wallet ? '+' : '−';
  const isSale = metadata?.purchaseType === 'sale';
  return (
    <tr>
      <td className="nowrap">{when(timestamp)}</td>
      <td>{isSale ? 'purchase' : type}</td>
      <td className="number">{amount === undefined ? '' : sign + grouped(amount)}</td>
      <td className="id">{from}</td>
      <td className="id">{to}</td>
      <td>{stateOf(status)}</td>
    </tr>
  );
}

function stateOf(status: string): string {
  if (status === 'COMMITTED' || status === 'CONFIRMED') return 'committed';
  return status === 'FAILED' ? 'failed' : 'pending';
}
