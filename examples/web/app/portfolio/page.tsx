import type { Metadata } from 'next';
import Link from 'next/link';
import { attempt } from '../../components/attempt';
import { DataTable } from '../../components/data-table';
import { FailurePanel } from '../../components/failure-panel';
import { Pages, pageIn } from '../../components/pages';
import { ShareBar } from '../../components/share-bar';
import { Shell } from '../../components/shell';
import { Transactions } from '../../components/transactions';
import { dollars, grouped } from '../../lib/decimal';
import { transactionsOf } from '../../server/backend/reads';
import { type Holding, type Portfolio, portfolioOf } from '../../server/portfolio';
import { requireSession } from '../../server/session/session';

export const metadata: Metadata = { title: 'Portfolio' };

const PAGE = 50;
/** Holdings with a bar of their own. */
const SHOWN = 5;

interface Props {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

/** What an investor holds, and what it is worth at the current prices. */
export default async function PortfolioPage({ searchParams }: Props) {
  const session = await requireSession('investor');
  const wallet = session.wallet ?? '';
  const { page: number } = await searchParams;
  const read = await attempt(async () => {
    const [portfolio, transactions] = await Promise.all([
      portfolioOf(session, wallet),
      transactionsOf(session, wallet, 20),
    ]);
    return { portfolio, transactions };
  });
  return (
    <Shell session={session}>
      <h1>Portfolio</h1>
      {read.failure ? (
        <FailurePanel failure={read.failure} />
      ) : (
        <>
          <p className="lead">
            Wallet <span className="id">{wallet}</span>
          </p>
          <Content portfolio={read.value.portfolio} number={number} />
          <Transactions caption="Transactions" transactions={read.value.transactions} wallet={wallet} />
        </>
      )}
    </Shell>
  );
}

function Content({
  portfolio,
  number,
}: {
  readonly portfolio: Portfolio;
  readonly number: string | string[] | undefined;
}) {
  const { holdings, value, isComplete } = portfolio;
  if (holdings.length === 0) {
    return (
      <p className="empty">
        You hold no tokens yet. <Link href="/assets">See the offers</Link>
      </p>
    );
  }
  const pages = Math.ceil(holdings.length / PAGE);
  const page = pageIn(number, pages);
  return (
    <>
      <div className="card">
        <p>Value at current prices{isComplete ? '' : ', of the assets with a known price'}</p>
        <p className="value" data-testid="portfolio-value">
          {dollars(value)}
        </p>
        {value !== '0' && <ShareBar title="By asset" whole={value} shares={sharesOf(portfolio)} />}
      </div>
      <DataTable caption="Holdings" columns={['Asset', '#Tokens', '#Price', '#Value']}>
        {holdings.slice((page - 1) * PAGE, page * PAGE).map((holding) => (
          <Line key={holding.assetId} holding={holding} />
        ))}
      </DataTable>
      <Pages path="/portfolio" page={page} pages={pages} />
    </>
  );
}

function Line({ holding: { assetId, name, amount, price, value } }: { readonly holding: Holding }) {
  return (
    <tr data-asset={assetId}>
      <td>
        <Link href={`/assets/${encodeURIComponent(assetId)}`} prefetch={false}>
          {name}
        </Link>
      </td>
      <td className="number">{grouped(amount)}</td>
      <td className="number">{price === undefined ? 'not known' : dollars(price)}</td>
      <td className="number">{value === undefined ? 'not known' : dollars(value)}</td>
    </tr>
  );
}

function sharesOf({ holdings, rest }: Portfolio) {
  const first = holdings.slice(0, SHOWN).filter(({ value }) => value !== undefined && value !== '0');
  const others = rest(SHOWN);
  return [
    ...first.map(({ name, symbol, value = '0' }) => ({ label: symbol || name, amount: value, text: dollars(value) })),
    ...(others === '0' ? [] : [{ label: `${holdings.length - SHOWN} others`, amount: others, text: dollars(others) }]),
  ];
}
