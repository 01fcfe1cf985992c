import { expect, it, onTestFinished, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { KEYED, listed, MINT } from '../../helpers/scripted-ledger.js';

it('a write is sent once in Deno, whose fetch sends a text again when a connection that was used before breaks', async () => {
  vi.stubGlobal('Deno', {});
  onTestFinished(() => void vi.unstubAllGlobals());
  const arrived: unknown[] = [];
  const fetch: typeof globalThis.fetch = async (_url, { method, body } = {}) => {
    if (method === 'GET') return listed([]);
    for (let n = typeof body === 'string' ? 2 : 1; n > 0; n--) arrived.push(await new Response(body).json());
    throw new TypeError('fetch failed');
  };
  const error = await rejection(testClient({ fetch }).tokens.mint(MINT, KEYED));
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(arrived).toMatchObject([{ assetId: 'a1', recipientWallet: 'alice', amount: 5 }]);
});
