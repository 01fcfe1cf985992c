import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpydraClient } from 'spydra-sdk';
import { SANDBOX, startTopology, type Topology, type TopologyOptions } from '../../../backend/cluster/topology.js';
import { hashPassword } from '../../server/session/passwords';
import type { User } from '../../server/session/users';
import { builtServer } from '../../start/build';

export const PASSWORD = 'a-password-for-tests';
export const TREASURY = 'wallet-treasury';

/** Who may log in, each with PASSWORD. */
const USERS = [
  { name: 'admin', role: 'admin' },
  { name: 'alice', role: 'investor', wallet: 'wallet-alice' },
  { name: 'bob', role: 'investor', wallet: 'wallet-bob' },
  { name: 'reader', role: 'user' },
] as const;

/** The whole system: browsers connect to `url`. */
export interface Stack extends Topology {
  readonly webUrl: string;
  /** A client of the ledger itself, beside the backends and their cache. */
  readonly ledger: SpydraClient;
  readonly usersFile: string;
  saveUsers(users: readonly User[]): void;
}

export interface StackOptions extends Omit<TopologyOptions, 'web'> {
  /** Instances of the front end. Default 3. */
  readonly webs?: number;
}

/** What signs tokens, sessions and orders. */
export const SECRETS = {
  JWT_SECRET: 'secret-of-the-tokens-that-no-browser-may-see',
  WEB_SECRET: 'secret-of-the-sessions-that-no-browser-may-see',
};

/** Starts sandbox (blocks of 2 s), backends, Redis, the built application and nginx. The caller stops it. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'spydra-web-test-'));
  const usersFile = join(folder, 'users.json');
  const saveUsers = (users: readonly User[]) => writeFileSync(usersFile, JSON.stringify(users));
  saveUsers(await users());
  const { webs = 3, environment = {}, ...others } = options;
  const web = { server: builtServer(), usersFile, instances: webs, environment: SECRETS };
  const { JWT_SECRET } = SECRETS;
  const topology = await startTopology({ ...others, environment: { JWT_SECRET, ...environment }, web });
  const ledger = new SpydraClient({ ...SANDBOX, baseUrl: topology.sandboxUrl });
  const stop = async () => {
    await ledger.close();
    await topology.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...topology, webUrl: topology.web.url, ledger, usersFile, saveUsers, stop };
}

export async function users(): Promise<User[]> {
  const password = await hashPassword(PASSWORD);
  return USERS.map((user) => ({ ...user, password }));
}

/** The seeded asset that is published first. */
export async function sampleAsset({ ledger }: Pick<Stack, 'ledger'>) {
  const { items } = await ledger.assets.list({ status: 'published', limit: 1 });
  const [asset] = items;
  if (!asset) throw new Error('The sandbox has no published asset.');
  return asset;
}

/** What a wallet holds of an asset, by the ledger. */
export async function held({ ledger }: Pick<Stack, 'ledger'>, wallet: string, assetId: string): Promise<bigint> {
  const { balances } = await ledger.wallets.balance(wallet, { assetId });
  return balances.find((balance) => balance.assetId === assetId)?.balance ?? 0n;
}

/** Creates an asset through a backend, with a hundred tokens in the wallet, and publishes it. */
export async function offered(stack: Backend, fields: object = {}, wallet = TREASURY): Promise<string> {
  const asset = {
    name: 'An asset',
    symbol: 'ONE',
    description: 'One.',
    assetType: 'art',
    totalValue: 100,
    totalSupply: 100,
  };
  const { assetId } = await admin(stack, '/assets', { asset: { ...asset, ...fields }, creatorWallet: TREASURY });
  await admin(stack, '/tokens/mint', { assetId, recipientWallet: wallet, amount: 100 });
  await admin(stack, `/assets/${assetId}/publish`, { publisherWallet: TREASURY });
  return assetId;
}

type Backend = Pick<Stack, 'backendPorts' | 'adminKey'>;

async function admin({ backendPorts, adminKey }: Backend, path: string, body: object) {
  const response = await fetch(`http://127.0.0.1:${backendPorts[0]}/api/spydra${path}`, {
    method: 'POST',
    headers: { 'X-API-Key': adminKey, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { data: { assetId: string } };
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer.data;
}
