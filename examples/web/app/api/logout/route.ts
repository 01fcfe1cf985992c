import { cookies } from 'next/headers';
import { seeOther } from '../../../server/redirects';
import { COOKIE_OPTIONS, SESSION_COOKIE } from '../../../server/session/session';

/** Ends the session in this browser. */
export async function POST(): Promise<Response> {
  (await cookies()).set(SESSION_COOKIE, '', { ...COOKIE_OPTIONS, maxAge: 0 });
  return seeOther('/login');
}
