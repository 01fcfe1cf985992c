import { randomBytes } from 'node:crypto';
import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { attempt } from '../../../components/attempt';
import { Distribute } from '../../../components/distribute';
import { FailurePanel } from '../../../components/failure-panel';
import { Shell } from '../../../components/shell';
import { publishedAssets } from '../../../server/backend/reads';
import { config } from '../../../server/config';
import { requireSession } from '../../../server/session/session';

export const metadata: Metadata = { title: 'Distribution' };

interface Props {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

/** Distributes tokens by a file. Its reference is in the address, so that a reload keeps it. */
export default async function DistributePage({ searchParams }: Props) {
  const session = await requireSession('admin');
  const { reference } = await searchParams;
  if (typeof reference !== 'string' || reference === '') {
    redirect(`/admin/distribute?reference=${new Date().toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`);
  }
  const read = await attempt(() => publishedAssets(session, { limit: 1_000, offset: 0 }));
  return (
    <Shell session={session} live={false}>
      <h1>Distribution</h1>
      <p className="lead">
        Moves tokens to the wallets in a CSV file, one line for each: <code>wallet,amount</code>. The same file under
        the same reference moves each line once, however often it is sent.
      </p>
      {read.failure ? (
        <FailurePanel failure={read.failure} />
      ) : (
        <Distribute
          reference={reference}
          fromWallet={config().treasuryWallet}
          assets={read.value.assets.map(({ assetId, name }) => ({ assetId, name }))}
        />
      )}
    </Shell>
  );
}
