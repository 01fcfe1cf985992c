import type { Metadata } from 'next';
import Link from 'next/link';
import { attempt } from '../../components/attempt';
import { FailurePanel } from '../../components/failure-panel';
import { Pages, pageIn } from '../../components/pages';
import { Picture } from '../../components/picture';
import { Shell } from '../../components/shell';
import { dollars, grouped } from '../../lib/decimal';
import { balances, publishedAssets } from '../../server/backend/reads';
import type { Asset } from '../../server/backend/types';
import { config } from '../../server/config';
import { requireSession } from '../../server/session/session';
import styles from './assets.module.css';

export const metadata: Metadata = { title: 'Offers' };

const PAGE = 24;
const TYPES = ['real-estate', 'art', 'commodity', 'equipment'];

interface Props {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

/** What is offered: published assets, and how much of each is left in the treasury. */
export default async function Assets({ searchParams }: Props) {
  const session = await requireSession();
  const { page: number, type } = await searchParams;
  const assetType = TYPES.find((known) => known === type);
  const page = pageIn(number);
  const offers = await attempt(async () => {
    const [listed, held] = await Promise.all([
      publishedAssets(session, { limit: PAGE, offset: (page - 1) * PAGE, assetType }),
      balances(session, config().treasuryWallet),
    ]);
    return { ...listed, left: new Map(held.map(({ assetId, balance }) => [assetId, balance])) };
  });
  const path = assetType ? `/assets?type=${assetType}` : '/assets';
  return (
    <Shell session={session}>
      <h1>Offers</h1>
      <nav className={styles.types} aria-label="Types of assets">
        <Link href="/assets" prefetch={false} aria-current={assetType ? undefined : 'true'}>
          All
        </Link>
        {TYPES.map((known) => (
          <Link
            key={known}
            href={`/assets?type=${known}`}
            prefetch={false}
            aria-current={known === assetType ? 'true' : undefined}
          >
            {known.replace('-', ' ')}
          </Link>
        ))}
      </nav>
      {offers.failure ? (
        <FailurePanel failure={offers.failure} />
      ) : (
        <>
          {offers.value.assets.length === 0 && <p className="empty">Nothing is offered here yet.</p>}
          <ul className={styles.grid}>
            {offers.value.assets.map((asset) => (
              <Offer key={asset.assetId} asset={asset} left={offers.value.left.get(asset.assetId) ?? '0'} />
            ))}
          </ul>
          <Pages path={path} page={page} pages={Math.ceil(offers.value.total / PAGE)} />
        </>
      )}
    </Shell>
  );
}

function Offer({ asset, left }: { readonly asset: Asset; readonly left: string }) {
  const { assetId, name, symbol, assetType, pricePerToken } = asset;
  return (
    <li className={styles.offer}>
      <Picture assetId={assetId} assetType={assetType} />
      <div className={styles.text}>
        <h2>
          <Link href={`/assets/${encodeURIComponent(assetId)}`} prefetch={false}>
            {name}
          </Link>
        </h2>
        <p className={styles.kind}>
          {symbol} · {assetType.replace('-', ' ')}
        </p>
        <dl className={styles.facts}>
          <div>
            <dt>Price per token</dt>
            <dd>{dollars(pricePerToken)}</dd>
          </div>
          <div>
            <dt>Left</dt>
            <dd>{left === '0' ? 'sold out' : grouped(left)}</dd>
          </div>
        </dl>
      </div>
    </li>
  );
}
