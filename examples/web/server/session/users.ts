import { readFileSync, statSync } from 'node:fs';

export const ROLES = ['admin', 'investor', 'user'] as const;
export type Role = (typeof ROLES)[number];

/** A person who may log in. */
export interface User {
  readonly name: string;
  readonly role: Role;
  /** An investor's own wallet. */
  readonly wallet?: string | undefined;
  /** As `hashPassword` returns it. */
  readonly password: string;
  /** Sessions that began before are revoked. Milliseconds since the epoch. */
  readonly sessionsFrom?: number | undefined;
}

/** The users in a file, read again when it changes: to remove a user or to revoke sessions needs no restart. */
export class Users {
  readonly #path: string;
  #version = '';
  #byName = new Map<string, User>();

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Error if the file cannot be read: without it no session is valid. */
  find(name: string): User | undefined {
    const { mtimeMs, size, ino } = statSync(this.#path);
    const version = `${mtimeMs} ${size} ${ino}`;
    if (version !== this.#version) {
      this.#byName = new Map(readUsers(this.#path).map((user) => [user.name, user]));
      this.#version = version;
    }
    return this.#byName.get(name);
  }
}

/** @throws Error if the file is not a list of users. */
export function readUsers(path: string): User[] {
  const users = JSON.parse(readFileSync(path, 'utf8')) as unknown;
  if (!Array.isArray(users) || !users.every(isUser)) throw new Error(`${path} is not a list of users.`);
  return users;
}

function isUser(value: unknown): value is User {
  const { name, role, wallet, password } = (value ?? {}) as Partial<Record<keyof User, unknown>>;
  const isWallet = wallet === undefined || typeof wallet === 'string';
  return typeof name === 'string' && ROLES.some((known) => known === role) && typeof password === 'string' && isWallet;
}
