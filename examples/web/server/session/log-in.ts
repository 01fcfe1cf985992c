import { Attempts } from './attempts';
import { hashPassword, isPassword } from './passwords';
import { knownUsers } from './session';
import type { User } from './users';

export type LogIn =
  | { readonly state: 'welcome'; readonly user: User }
  | { readonly state: 'refused' }
  /** Milliseconds until the next attempt. */
  | { readonly state: 'too-often'; readonly wait: number };

const attempts = new Attempts();
/** Compared with the password of an unknown user, so that the time does not show which names exist. */
const nobody = hashPassword('');

/** Checks name and password; the attempts of a name and of an address are limited. */
export async function logIn(name: string, password: string, address: string, now = Date.now()): Promise<LogIn> {
  const wait = attempts.wait(name, address, now);
  if (wait > 0) return { state: 'too-often', wait };
  attempts.begin(name, address, now);
  const user = knownUsers().find(name);
  const isRight = await isPassword(password.slice(0, 1_000), user?.password ?? (await nobody));
  if (!user || !isRight) return { state: 'refused' };
  attempts.succeeded(name, address);
  return { state: 'welcome', user };
}
