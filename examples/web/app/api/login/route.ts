import { cookies, headers } from 'next/headers';
import { seeOther } from '../../../server/redirects';
import { logIn } from '../../../server/session/log-in';
import { COOKIE_OPTIONS, newSession, SESSION_COOKIE } from '../../../server/session/session';

/** Logs in by a form, and sends the browser on. */
export async function POST(request: Request): Promise<Response> {
  const form = await request.formData();
  const [name = '', password = '', next = ''] = ['name', 'password', 'next'].map((field) =>
    String(form.get(field) ?? ''),
  );
  const address = (await headers()).get('x-forwarded-for') ?? '';
  const result = await logIn(name.trim(), password, address);
  if (result.state !== 'welcome') {
    const wait = result.state === 'too-often' ? { wait: String(Math.ceil(result.wait / 60_000)) } : {};
    return seeOther(`/login?${new URLSearchParams({ failed: result.state, next, ...wait })}`);
  }
  const { value, maxAge } = newSession(result.user);
  (await cookies()).set(SESSION_COOKIE, value, { ...COOKIE_OPTIONS, maxAge });
  // Only a path of this site: `//` and `/\` begin other hosts.
  return seeOther(/^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/');
}
