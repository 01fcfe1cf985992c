import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { config } from '../config';
import { sign, verify } from '../signed';
import { type Role, type User, Users } from './users';

/** A person who has logged in. */
export interface Session {
  readonly user: string;
  readonly role: Role;
  readonly wallet?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
}

/** The prefix binds the cookie to this host, to HTTPS and to the whole site; browsers treat localhost as secure. */
export const SESSION_COOKIE = '__Host-session';
export const COOKIE_OPTIONS = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

/** Milliseconds. */
const LIFETIME = 8 * 3_600_000;

let users: Users | undefined;

/** The users who may log in. */
export function knownUsers(): Users {
  users ??= new Users(config().usersFile);
  return users;
}

/** Returns the cookie of a new session, and its lifetime in seconds. */
export function newSession({ name, role, wallet }: User, now = Date.now()) {
  const session: Session = { user: name, role, wallet, from: now, until: now + LIFETIME };
  return { value: sign('session', session), maxAge: LIFETIME / 1_000 };
}

/** Returns the session in a cookie; undefined if it is forged, has expired, or was revoked. */
export function sessionIn(cookie: string | undefined, now = Date.now()): Session | undefined {
  const session = cookie === undefined ? undefined : (verify('session', cookie) as Session | undefined);
  if (!session || now >= session.until) return undefined;
  const user = knownUsers().find(session.user);
  const isSame = user?.role === session.role && user.wallet === session.wallet;
  return isSame && session.from >= (user.sessionsFrom ?? 0) ? session : undefined;
}

/** Returns the session of the request; undefined without a valid one. */
export async function currentSession(): Promise<Session | undefined> {
  return sessionIn((await cookies()).get(SESSION_COOKIE)?.value);
}

/** For pages: the session of the request. Others than these roles are sent to a page that they may see. */
export async function requireSession(...roles: readonly Role[]): Promise<Session> {
  const session = await currentSession();
  if (!session) redirect('/login');
  if (roles.length > 0 && !roles.includes(session.role)) redirect('/forbidden');
  return session;
}
