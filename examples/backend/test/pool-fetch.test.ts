import { expect, it, onTestFinished } from 'vitest';
import { rejection, testClient } from '../../../test/helpers/client.js';
import { closedUrl, json, scriptedServer } from '../../../test/helpers/scripted-server.js';
import { poolFetch } from '../pool-fetch.js';

const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5 };

function clientOver(baseUrl: string) {
  const pool = poolFetch();
  onTestFinished(() => pool.close().catch(() => {}));
  return { pool, spydra: testClient({ baseUrl, fetch: pool.fetch, retries: 0 }) };
}

it('poolFetch sends the path, query and headers of a read, and returns its body', async () => {
  const server = await scriptedServer((_request, response) =>
    json(response, 200, { walletId: 'w1', balances: [], totalAssets: 0 }),
  );
  const { spydra } = clientOver(server.url);
  const balance = await spydra.wallets.balance('w1', { assetId: 'a1' }, { headers: { 'X-Request-Id': 'request-1' } });
  expect(balance).toMatchObject({ walletId: 'w1', totalAssets: 0 });
  expect(server.seen).toMatchObject([{ method: 'GET', path: expect.stringMatching(/w1.*a1/) }]);
  expect(server.seen[0]?.headers).toMatchObject({ 'x-request-id': 'request-1' });
});

it('poolFetch keeps the status and the headers of an error', async () => {
  const server = await scriptedServer((_request, response) => json(response, 429, {}, { 'Retry-After': '7' }));
  const error = await rejection(clientOver(server.url).spydra.assets.get('a1'));
  expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfter: 7_000 });
});

it('a write by poolFetch to a server that is away was not applied', async () => {
  const error = await rejection(clientOver(await closedUrl()).spydra.tokens.mint(MINT));
  expect(error).toMatchObject({ outcome: 'not-applied' });
});

it('poolFetch sends nothing once it is closed', async () => {
  const server = await scriptedServer((_request, response) => json(response, 200, {}));
  const { pool, spydra } = clientOver(server.url);
  await pool.close();
  expect(await rejection(spydra.assets.get('a1'))).toMatchObject({ code: 'CONNECTION' });
  expect(server.seen).toEqual([]);
});
