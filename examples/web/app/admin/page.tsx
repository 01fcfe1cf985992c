import type { Metadata } from 'next';
import Link from 'next/link';
import { attempt } from '../../components/attempt';
import { DataTable } from '../../components/data-table';
import { FailurePanel } from '../../components/failure-panel';
import { HealthPanel } from '../../components/health-panel';
import { Pages, pageIn } from '../../components/pages';
import { Shell } from '../../components/shell';
import { dollars, grouped } from '../../lib/decimal';
import { backendCounts } from '../../server/backend/metrics';
import { balances, health, publishedAssets } from '../../server/backend/reads';
import { config } from '../../server/config';
import { requireSession } from '../../server/session/session';

export const metadata: Metadata = { title: 'Overview' };

const PAGE = 50;

interface Props {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

/** Assets, drafts and the state of the ledger. */
export default async function Overview({ searchParams }: Props) {
  const session = await requireSession('admin');
  const page = pageIn((await searchParams).page);
  const { treasuryWallet } = config();
  const [ledger, counts, read] = await Promise.all([
    health(session),
    backendCounts(),
    attempt(async () => {
      const [listed, held] = await Promise.all([
        publishedAssets(session, { limit: PAGE, offset: (page - 1) * PAGE }),
        balances(session, treasuryWallet),
      ]);
      return { ...listed, held };
    }),
  ]);
  return (
    <Shell session={session}>
      <h1>Overview</h1>
      <HealthPanel ledger={ledger} counts={counts} />
      {read.failure ? <FailurePanel failure={read.failure} /> : <Assets {...read.value} page={page} />}
      <form className="narrow" action="/api/assets/open" method="get">
        <h2>Open an asset by its id</h2>
        <p className="hint">Drafts without tokens are in no list.</p>
        <div className="actions">
          <input name="id" aria-label="Id of the asset" required />
          <button type="submit" className="quiet">
            Open
          </button>
        </div>
      </form>
    </Shell>
  );
}

type Listed = Awaited<ReturnType<typeof publishedAssets>>;
type Held = Awaited<ReturnType<typeof balances>>;

function Assets({ assets, total, held, page }: Listed & { readonly held: Held; readonly page: number }) {
  const left = new Map(held.map(({ assetId, balance }) => [assetId, balance]));
  const listed = new Set(assets.map(({ assetId }) => assetId));
  // Complete only if all published assets are on this page.
  const drafts = total <= PAGE ? held.filter(({ assetId, balance }) => !listed.has(assetId) && balance !== '0') : [];
  return (
    <>
      <DataTable caption={`Published assets: ${total}`} columns={['Asset', 'Type', '#Price', '#Left in the treasury']}>
        {assets.map(({ assetId, name, assetType, pricePerToken }) => (
          <tr key={assetId}>
            <td>
              <ManageLink assetId={assetId} name={name} />
            </td>
            <td>{assetType.replace('-', ' ')}</td>
            <td className="number">{dollars(pricePerToken)}</td>
            <td className="number">{grouped(left.get(assetId) ?? '0')}</td>
          </tr>
        ))}
      </DataTable>
      <Pages path="/admin" page={page} pages={Math.ceil(total / PAGE)} />
      {drafts.length > 0 && (
        <>
          <h2>Drafts with tokens in the treasury</h2>
          <ul>
            {drafts.map(({ assetId, assetName, balance }) => (
              <li key={assetId}>
                <ManageLink assetId={assetId} name={assetName || assetId} />, {grouped(balance)} tokens
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function ManageLink({ assetId, name }: { readonly assetId: string; readonly name: string }) {
  return (
    <Link href={`/admin/assets/${encodeURIComponent(assetId)}`} prefetch={false}>
      {name}
    </Link>
  );
}
