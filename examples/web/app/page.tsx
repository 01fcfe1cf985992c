import { redirect } from 'next/navigation';
import { requireSession } from '../server/session/session';

/** Where a person begins. */
export default async function Home() {
  const { role } = await requireSession();
  redirect(role === 'admin' ? '/admin' : '/assets');
}
