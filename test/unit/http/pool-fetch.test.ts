import { ConnectionError, OutcomeUnknownError } from 'spydra-sdk';
import { Pool } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { poolFetch } from '../../helpers/pool-fetch.js';
import { closedUrl, json, scriptedServer } from '../../helpers/scripted-server.js';
import { MINT, spydra } from './dispatchers.js';

function clientOver(baseUrl: string, options: object = {}) {
  const pool = new Pool(new URL(baseUrl).origin);
  onTestFinished(() => pool.destroy());
  return testClient({ baseUrl, fetch: poolFetch(pool), ...options });
}

it("a write over undici's Pool is sent once, with its key, and committed", async () => {
  const server = await spydra();
  const minted = await clientOver(server.url).tokens.mint(MINT);
  expect(minted).toMatchObject({ status: 'committed', newBalance: 5n });
  const posts = server.seen.filter(({ method }) => method === 'POST');
  expect(posts.map(({ headers }) => headers['idempotency-key'])).toEqual([expect.stringMatching(/^[\da-f-]{36}$/)]);
});

it("an error response over undici's Pool has its status and retry-after", async () => {
  const server = await scriptedServer((_request, response) => json(response, 429, {}, { 'Retry-After': '7' }));
  const error = await rejection(clientOver(server.url, { retries: 0 }).assets.get('a1'));
  expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfter: 7_000 });
});

it("a write over undici's Pool to which nothing listens was not sent", async () => {
  const error = await rejection(clientOver(await closedUrl(), { retries: 0 }).tokens.mint(MINT));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ outcome: 'not-applied', retryable: true });
});

it("a write over undici's Pool whose connection breaks has an unknown outcome", async () => {
  const server = await scriptedServer(({ method }, response) => {
    if (method === 'POST') response.destroy();
    else json(response, 200, { transactions: [], total: 0 });
  });
  const error = await rejection(clientOver(server.url, { retries: 0, uncertaintyWindow: 1 }).tokens.mint(MINT));
  expect(error).toBeInstanceOf(OutcomeUnknownError);
});
