import type { Metadata } from 'next';
import { AssetForm } from '../../../../components/asset-form';
import { Shell } from '../../../../components/shell';
import { requireSession } from '../../../../server/session/session';

export const metadata: Metadata = { title: 'New asset' };

export default async function NewAsset() {
  return (
    <Shell session={await requireSession('admin')}>
      <div className="narrow">
        <h1>New asset</h1>
        <AssetForm />
      </div>
    </Shell>
  );
}
