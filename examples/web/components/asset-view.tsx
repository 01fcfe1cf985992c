import { dollars, grouped } from '../lib/decimal';
import { asset, history, holders, supply } from '../server/backend/reads';
import type { Asset, Holder, Responses } from '../server/backend/types';
import type { Session } from '../server/session/session';
import { ShareBar } from './share-bar';

/** What the pages of an asset show. */
export async function readAsset(session: Session, assetId: string) {
  const [record, held, supplied, past] = await Promise.all([
    asset(session, assetId),
    holders(session, assetId),
    supply(session, assetId),
    history(session, assetId),
  ]);
  return { asset: record, holders: held, supply: supplied, history: past };
}

/** Holders with a bar of their own; the others are added up. */
const SHOWN = 5;

export function AssetFacts({ asset }: { readonly asset: Asset }) {
  const { assetType, totalValue, totalSupply, pricePerToken, assetId, status } = asset;
  return (
    <dl className="lines">
      {[
        ['Type', assetType.replace('-', ' ')],
        ['Status', status],
        ['Price per token', dollars(pricePerToken)],
        ['Total value', dollars(totalValue)],
        ['Total supply', grouped(totalSupply)],
      ].map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>Id</dt>
        <dd className="id">{assetId}</dd>
      </div>
    </dl>
  );
}

interface Charts {
  readonly asset: Asset;
  readonly holders: readonly Holder[];
  readonly supply: Responses['getSupply']['data'];
  readonly treasuryWallet: string;
}

/** Supply and holders as charts. */
export function AssetCharts({ asset, holders, supply, treasuryWallet }: Charts) {
  const circulating = BigInt(supply.circulatingSupply);
  const left = BigInt(holders.find(({ wallet }) => wallet === treasuryWallet)?.balance ?? 0);
  const total = BigInt(asset.totalSupply);
  const unminted = total > circulating ? total - circulating : 0n;
  const first = holders.slice(0, SHOWN);
  const others = holders.slice(SHOWN).reduce((sum, { balance }) => sum + BigInt(balance), 0n);
  return (
    <div className="columns">
      <div className="card">
        <ShareBar
          title="Supply"
          whole={(circulating + unminted).toString()}
          shares={[
            { label: 'Sold', amount: (circulating - left).toString() },
            { label: 'Left in the treasury', amount: left.toString() },
            { label: 'Not minted', amount: unminted.toString() },
          ]}
        />
      </div>
      <div className="card">
        {holders.length === 0 ? (
          <p className="empty">Holders: there are no tokens yet.</p>
        ) : (
          <ShareBar
            title={`Holders: ${holders.length}`}
            whole={supply.circulatingSupply}
            shares={[
              ...first.map(({ wallet, balance }) => ({ label: wallet, amount: balance })),
              ...(others > 0n ? [{ label: `${holders.length - SHOWN} others`, amount: others.toString() }] : []),
            ]}
          />
        )}
      </div>
    </div>
  );
}
