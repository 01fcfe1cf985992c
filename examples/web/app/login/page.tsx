import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { Field } from '../../components/field';
import { Notice } from '../../components/notice';
import { currentSession } from '../../server/session/session';

export const metadata: Metadata = { title: 'Log in' };

interface Props {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

/** A plain form: it works without scripts. */
export default async function Login({ searchParams }: Props) {
  if (await currentSession()) redirect('/');
  const { failed, next, wait } = await searchParams;
  return (
    <Notice title="Log in">
      {failed === 'refused' && (
        <p role="alert" className="problem">
          Name and password do not match. Try again.
        </p>
      )}
      {failed === 'too-often' && (
        <p role="alert" className="problem">
          That were too many attempts. Wait {typeof wait === 'string' && /^\d{1,3}$/.test(wait) ? wait : '15'} minutes,
          then try again.
        </p>
      )}
      <form action="/api/login" method="post">
        <input type="hidden" name="next" value={typeof next === 'string' ? next : '/'} />
        <Field name="name" label="Name" autoComplete="username" autoCapitalize="none" spellCheck={false} required />
        <Field name="password" label="Password" type="password" autoComplete="current-password" required />
        <button type="submit">Log in</button>
      </form>
    </Notice>
  );
}
