import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { hashPassword } from '../server/session/passwords';
import type { User } from '../server/session/users';

/** A user, and the password that only the person knows. */
export interface Login {
  readonly user: User;
  readonly password: string;
}

/** Writes a file of users for a demonstration: an admin, and an investor with a wallet of the seeded sandbox. */
export async function newLogins(usersFile: string): Promise<Login[]> {
  const logins = [await login('admin', 'admin'), await login('investor', 'investor', 'wallet-alice')];
  writeFileSync(usersFile, JSON.stringify(logins.map(({ user }) => user)), { mode: 0o600 });
  return logins;
}

async function login(name: string, role: User['role'], wallet?: string): Promise<Login> {
  const password = randomBytes(9).toString('base64url');
  return { user: { name, role, ...(wallet ? { wallet } : {}), password: await hashPassword(password) }, password };
}
