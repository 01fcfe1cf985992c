import type { Metadata } from 'next';
import { FailurePanel } from '../../components/failure-panel';
import { Shell } from '../../components/shell';
import { failureOf } from '../../server/backend/failure';
import { requireSession } from '../../server/session/session';

export const metadata: Metadata = { title: 'Not allowed' };

/** For a person without the role that a page needs. */
export default async function Forbidden() {
  return (
    <Shell session={await requireSession()} live={false}>
      <h1>Not allowed</h1>
      <FailurePanel failure={failureOf(403)} />
    </Shell>
  );
}
