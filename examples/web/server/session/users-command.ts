import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { hashPassword } from './passwords';
import { ROLES, type Role, readUsers, type User } from './users';

const USAGE = `npm run users -- add <name> <admin|investor|user> [wallet]   prints a new password
npm run users -- password <name>                          prints a new password, and revokes the sessions
npm run users -- revoke <name>                            ends all sessions of the user
npm run users -- remove <name>

The file is the one that USERS_FILE names.`;

const [command, name, role, wallet] = process.argv.slice(2);
const path = process.env.USERS_FILE;
const users = path && existsSync(path) ? readUsers(path) : [];
const known = users.find((user) => user.name === name);

if (!path || !name) fail(USAGE);
else if (command === 'add' && isRole(role)) {
  if (known) fail(`There is a user ${name} already.`);
  if (role === 'investor' && !wallet) fail('An investor needs a wallet.');
  await save({ name, role, ...(wallet ? { wallet } : {}), password: await newPassword() });
} else if (!known) fail(command === 'add' ? USAGE : `There is no user ${name}.`);
else if (command === 'password') await save({ ...known, password: await newPassword(), sessionsFrom: Date.now() });
else if (command === 'revoke') await save({ ...known, sessionsFrom: Date.now() });
else if (command === 'remove') await save();
else fail(USAGE);

async function newPassword(): Promise<string> {
  const password = randomBytes(12).toString('base64url');
  console.log(`The password of ${name}: ${password}`);
  return hashPassword(password);
}

/** Replaces the file at once, so that no reader sees half of it. */
async function save(changed?: User): Promise<void> {
  const others = users.filter((user) => user !== known);
  writeFileSync(`${path}.new`, `${JSON.stringify([...others, ...(changed ? [changed] : [])], undefined, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(`${path}.new`, path ?? '');
}

function isRole(text: string | undefined): text is Role {
  return ROLES.some((known) => known === text);
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
