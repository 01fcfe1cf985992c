import { grouped } from '../lib/decimal';
import type { Transaction } from '../server/backend/types';
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
    <div className="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col" className="number">
              Tokens
            </th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {transactions.map((transaction) => (
            <Line key={transaction.transactionId} transaction={transaction} wallet={wallet} />
          ))}
        </tbody>
      </table>
    </div>
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
