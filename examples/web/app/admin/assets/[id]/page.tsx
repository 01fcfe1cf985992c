import type { Metadata } from 'next';
import { ActionForm } from '../../../../components/action-form';
import { AssetCharts, AssetFacts, readAsset } from '../../../../components/asset-view';
import { attempt } from '../../../../components/attempt';
import { DataTable } from '../../../../components/data-table';
import { FailurePanel } from '../../../../components/failure-panel';
import { Shell } from '../../../../components/shell';
import { Transactions } from '../../../../components/transactions';
import { grouped } from '../../../../lib/decimal';
import type { Asset } from '../../../../server/backend/types';
import { config } from '../../../../server/config';
import { requireSession } from '../../../../server/session/session';

export const metadata: Metadata = { title: 'Manage an asset' };

/** Transactions that are shown. */
const SHOWN = 100;

/** All that an admin can do with an asset. */
export default async function ManageAsset({ params }: { readonly params: Promise<{ id: string }> }) {
  const session = await requireSession('admin');
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
  return (
    <Shell session={session}>
      <h1>
        {asset.name} <span className="tag">{asset.status}</span>
      </h1>
      <p className="lead">{asset.description}</p>
      <div className="columns">
        <AssetFacts asset={asset} />
        <Actions asset={asset} treasuryWallet={treasuryWallet} />
      </div>
      <h2>Supply and holders</h2>
      <AssetCharts {...read.value} treasuryWallet={treasuryWallet} />
      <DataTable caption="All holders" columns={['Wallet', '#Tokens']}>
        {holders.slice(0, SHOWN).map(({ wallet, balance }) => (
          <tr key={wallet} data-wallet={wallet}>
            <td className="id">{wallet}</td>
            <td className="number">{grouped(balance)}</td>
          </tr>
        ))}
      </DataTable>
      {holders.length > SHOWN && (
        <p className="hint">
          The largest {SHOWN} of {holders.length}.
        </p>
      )}
      <Transactions caption="History" transactions={history.slice(0, SHOWN)} />
      {history.length > SHOWN && (
        <p className="hint">
          The newest {SHOWN} of {history.length}.
        </p>
      )}
    </Shell>
  );
}

const AMOUNT = { name: 'amount', label: 'Tokens', inputMode: 'numeric', hint: 'Whole tokens.' } as const;

function Actions({ asset, treasuryWallet }: { readonly asset: Asset; readonly treasuryWallet: string }) {
  const { assetId, status } = asset;
  return (
    <div className="stack">
      {status !== 'published' && <ActionForm kind="publish" assetId={assetId} title="Publish" fields={[]} />}
      <ActionForm
        kind="mint"
        assetId={assetId}
        title="Mint"
        fields={[AMOUNT, { name: 'recipientWallet', label: 'Into wallet', value: treasuryWallet }]}
      />
      <ActionForm
        kind="transfer"
        assetId={assetId}
        title="Transfer"
        fields={[
          AMOUNT,
          { name: 'fromWallet', label: 'From wallet', value: treasuryWallet },
          { name: 'toWallet', label: 'To wallet' },
        ]}
      />
      <ActionForm
        kind="burn"
        assetId={assetId}
        title="Burn"
        fields={[
          AMOUNT,
          { name: 'holderWallet', label: 'From wallet', value: treasuryWallet },
          { name: 'reason', label: 'Reason', hint: 'May be empty. It is public.' },
        ]}
      />
      <ActionForm
        kind="update"
        assetId={assetId}
        title="Update"
        fields={[
          { name: 'name', label: 'Name', hint: 'Empty fields stay as they are.' },
          { name: 'description', label: 'Description' },
          { name: 'totalValue', label: 'Total value', inputMode: 'decimal', hint: 'Changes the price per token.' },
          { name: 'totalSupply', label: 'Total supply', inputMode: 'numeric', hint: 'Changes the price per token.' },
        ]}
      />
    </div>
  );
}
