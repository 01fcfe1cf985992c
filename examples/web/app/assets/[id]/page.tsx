import type { Metadata } from 'next';
import { AssetCharts, AssetFacts, readAsset } from '../../../components/asset-view';
import { attempt } from '../../../components/attempt';
import { FailurePanel } from '../../../components/failure-panel';
import { Picture } from '../../../components/picture';
import { PurchaseDialog } from '../../../components/purchase-dialog';
import { Shell } from '../../../components/shell';
import { Transactions } from '../../../components/transactions';
import type { Asset } from '../../../server/backend/types';
import { config } from '../../../server/config';
import { openOrders } from '../../../server/orders/open-orders';
import { requireSession, type Session } from '../../../server/session/session';

export const metadata: Metadata = { title: 'Asset' };

/** Transactions that are shown. */
const SHOWN = 50;

/** An offered asset: what it is, who holds it, what has happened, and how to buy. */
export default async function AssetPage({ params }: { readonly params: Promise<{ id: string }> }) {
  const session = await requireSession();
  const assetId = decodeURIComponent((await params).id);
  const { treasuryWallet } = config();
  const read = await attempt(() => readAsset(session, assetId));
  if (read.failure) {
    return (
      <Shell session={session}>
        <h1>Asset</h1>
        <FailurePanel failure={read.failure} />
      </Shell>
    );
  }
  const { asset, holders, history } = read.value;
  const left = holders.find(({ wallet }) => wallet === treasuryWallet)?.balance ?? '0';
  return (
    <Shell session={session}>
      <div className="columns">
        <div>
          <div className="frame">
            <Picture assetId={assetId} assetType={asset.assetType} />
          </div>
          <h1>{asset.name}</h1>
          <p className="lead">{asset.description}</p>
          <Purchase session={session} asset={asset} left={left} />
        </div>
        <AssetFacts asset={asset} />
      </div>
      <h2>Supply and holders</h2>
      <AssetCharts {...read.value} treasuryWallet={treasuryWallet} />
      <Transactions caption="History" transactions={history.slice(0, SHOWN)} />
      {history.length > SHOWN && (
        <p className="hint">
          The newest {SHOWN} of {history.length}.
        </p>
      )}
    </Shell>
  );
}

interface PurchaseProps {
  readonly session: Session;
  readonly asset: Asset;
  readonly left: string;
}

/** How to buy, or why not. */
async function Purchase({ session, asset, left }: PurchaseProps) {
  const { assetId, name, pricePerToken, status } = asset;
  if (session.role !== 'investor') return null;
  if (status !== 'published') return <p className="empty">This asset is not offered yet.</p>;
  const open = (await openOrders(session)).find(({ order }) => order.kind === 'purchase' && order.assetId === assetId);
  if (open) {
    return (
      <p>
        Your last purchase of this asset is not known to be done.{' '}
        <a className="button" href={`/orders/${open.signed}`}>
          Look again before you buy more
        </a>
      </p>
    );
  }
  if (left === '0') return <p className="empty">All tokens are sold.</p>;
  return <PurchaseDialog assetId={assetId} name={name} price={pricePerToken} left={left} />;
}
