import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInteger, parse, stringify } from 'lossless-json';
import { expect, onTestFinished } from 'vitest';
import { createSandbox, manualClock, type Sandbox, type SandboxOptions } from '../../../src/sandbox/index.js';

export const NETWORK = '/projects/sandbox-project/networks/sandbox-network';
export const APP = `${NETWORK}/apps/sandbox-app`;

export type Fields = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as text, with every digit. */
  readonly text: string;
  /** The body parsed; whole numbers beyond 2^53 are bigints. */
  readonly body: Fields;
}

export interface Api {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  send(path: string, init?: RequestInit): Promise<Answer>;
}

/** A sandbox that is closed when the test is over, and calls to it. */
export function start(options: SandboxOptions = {}): { sandbox: Sandbox; api: Api } {
  const sandbox = createSandbox(options);
  onTestFinished(() => sandbox.close());
  return { sandbox, api: apiOf(sandbox.fetch) };
}

/** Calls under a base URL, with the default key unless a header says otherwise. */
export function apiOf(fetch: typeof globalThis.fetch, base = 'https://api.spydra.io/v2'): Api {
  const send = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = { 'X-API-Key': 'sandbox-key', 'Content-Type': 'application/json', ...init.headers };
    const response = await fetch(base + path, { ...init, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parse(text, null, toNumber) as Fields };
  };
  const write = (method: string) => (path: string, body: unknown, headers?: Record<string, string>) => {
    return send(path, { method, body: stringify(body) ?? null, ...(headers && { headers }) });
  };
  return { get: (path, headers) => send(path, headers && { headers }), post: write('POST'), put: write('PUT'), send };
}

function toNumber(text: string): number | bigint {
  return isInteger(text) && !Number.isSafeInteger(Number(text)) ? BigInt(text) : Number(text);
}

export const ASSET = {
  name: 'Harbour View',
  symbol: 'HV',
  description: 'Flats by the harbour',
  assetType: 'real-estate',
  totalValue: 1_000_000,
  totalSupply: 10_000,
  pricePerToken: 100,
  status: 'draft',
  metadata: { createdAt: '2025-01-01T00:00:00.000Z', creator: 'creator' },
};

export function creation(asset: Fields = {}): Fields {
  return { schemaId: 'sandbox-schema', creatorWallet: 'creator', asset: { ...ASSET, ...asset } };
}

/** Creates an asset and returns its id. */
export async function createAsset(api: Api, asset: Fields = {}): Promise<string> {
  const { body } = await api.post(`${APP}/assets`, creation(asset));
  return String(body.assetId);
}

export function minting(assetId: string, recipientWallet: string, amount: unknown, metadata?: Fields): Fields {
  return { assetId, minterWallet: 'minter', recipientWallet, amount, ...(metadata && { metadata }) };
}

export function burning(assetId: string, holderWallet: string, amount: unknown, metadata?: Fields): Fields {
  return { assetId, burnerWallet: 'burner', holderWallet, amount, ...(metadata && { metadata }) };
}

export function moving(assetId: string, fromWallet: string, toWallet: string, amount: unknown): Fields {
  return { assetId, fromWallet, toWallet, amount };
}

export async function mint(api: Api, assetId: string, wallet: string, amount: unknown): Promise<Answer> {
  return api.post(`${APP}/tokens/mint`, minting(assetId, wallet, amount));
}

export async function transfer(api: Api, assetId: string, from: string, to: string, amount: unknown): Promise<Answer> {
  return api.post(`${APP}/tokens/transfer`, moving(assetId, from, to, amount));
}

/** The wallet's balance of the asset. */
export async function balance(api: Api, assetId: string, wallet: string): Promise<bigint> {
  const { body } = await api.get(`${APP}/balances/${encodeURIComponent(wallet)}?assetId=${assetId}`);
  const [row] = body.balances as { balance: number | bigint }[];
  return BigInt(row?.balance ?? 0);
}

/** The transaction records that a query finds. */
export async function transactions(api: Api, query = ''): Promise<Fields[]> {
  const { body } = await api.get(`${NETWORK}/transactions?sortOrder=asc&limit=1000&${query}`);
  return body.transactions as Fields[];
}

export async function status(api: Api, transactionId: unknown): Promise<unknown> {
  return (await api.get(`${NETWORK}/transactions/${String(transactionId)}`)).body.status;
}

/** Checks that the response is a documented error, field by field. */
export function expectError(answer: Answer, status: number, code: string, details?: unknown): void {
  expect(answer.body).toEqual({
    code,
    message: expect.stringMatching(/\S.*\.$/s),
    requestId: answer.headers.get('x-request-id'),
    ...(details === undefined ? {} : { details }),
  });
  expect(answer.status).toBe(status);
}

/** A sandbox with blocks of 2 s, and an asset with tokens in the given wallets. */
export async function startWithHolders(holders: Record<string, number>, options: SandboxOptions = {}) {
  const clock = manualClock();
  const { sandbox, api } = start({ blockTime: 2_000, clock, ...options });
  const assetId = await createAsset(api);
  clock.advance(2_000);
  for (const [wallet, amount] of Object.entries(holders)) {
    await mint(api, assetId, wallet, amount);
    clock.advance(2_000);
  }
  return { sandbox, api, clock, assetId };
}

/** The path of a new ledger file, in a directory that is removed after the test. */
export function temporaryFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'ledger.jsonl');
}
