import type { SpydraClient } from 'spydra-sdk';
import { expect, it, vi } from 'vitest';
import { testClient } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';

type Call = (spydra: SpydraClient, metadata: Record<string, unknown>) => Promise<unknown>;

const transfer = { assetId: 'a1', fromWallet: 'w1', toWallet: 'w2', amount: 1n };

it.each<[string, Call]>([
  ['assets.create', (s, metadata) => s.assets.create({ ...FLAT, metadata })],
  ['assets.update', (s, metadata) => s.assets.update('a1', { updates: { metadata }, updaterWallet: 'w1' })],
  ['assets.addMetadata', (s, metadata) => s.assets.addMetadata('a1', metadata)],
  ['tokens.mint', (s, metadata) => s.tokens.mint({ assetId: 'a1', recipientWallet: 'w1', amount: 1n, metadata })],
  ['tokens.transfer', (s, metadata) => s.tokens.transfer({ ...transfer, metadata })],
])('%s sends the metadata as it was when the call was made', async (_method, call) => {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response('{}', { status: 400 }));
  const metadata: Record<string, unknown> = { deed: 'first', parties: ['alice'] };
  const running = call(testClient({ fetch, retries: 0 }), metadata).catch(() => {});
  metadata.deed = 'second';
  (metadata.parties as string[]).push('bob');
  await running;
  const body = JSON.parse(String(fetch.mock.calls[0]?.[1]?.body));
  expect(JSON.stringify(body)).toContain('"deed":"first","parties":["alice"]');
});

it.each<[string, (s: SpydraClient, ids: string[]) => Promise<unknown>]>([
  ['assets.getMany', (s, ids) => s.assets.getMany(ids)],
  ['wallets.balances', (s, ids) => s.wallets.balances(ids)],
])('%s reads the ids of the list as it was when the call was made', async (_method, call) => {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response('{}', { status: 404 }));
  const ids = ['one'];
  const running = call(testClient({ fetch, retries: 0 }), ids);
  ids.push('a/b');
  expect(await running).toHaveLength(1);
});
