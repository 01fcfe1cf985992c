import { createSandbox } from 'spydra-sdk/sandbox';
import { expect, it, onTestFinished } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';
import { LEDGER, PLATFORM, platformClient } from '../../helpers/platform.js';
import { laterByMilliseconds } from '../../helpers/time.js';

it('a write is not sent after its deadline, if the process was busy when the answer before it came', async () => {
  const sandbox = createSandbox();
  onTestFinished(() => sandbox.close());
  const sent: string[] = [];
  let isBusy = false;
  const pass = laterByMilliseconds();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    sent.push(new URL(String(input)).pathname);
    const response = await sandbox.fetch(input, init);
    if (isBusy) pass(5_000);
    return response;
  };
  await using spydra = platformClient(sandbox, { fetch });
  const { assetId } = await spydra.assets.create(FLAT);
  sent.length = 0;
  isBusy = true;
  const mint = { assetId, recipientWallet: 'alice', amount: 1n };
  const error = await rejection(spydra.tokens.mint(mint, { deadline: 5_000 }));
  expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-applied' });
  expect(sent).toEqual([`${LEDGER}/query`]);
});

it('a write is not sent again with a fresh API key after its deadline, if the process was busy when the key came', async () => {
  const sandbox = createSandbox();
  onTestFinished(() => sandbox.close());
  const pass = laterByMilliseconds();
  let sent = 0;
  let isRefused = false;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (!String(input).endsWith('/transact')) return sandbox.fetch(input, init);
    sent++;
    isRefused = true;
    return new Response('', { status: 401 });
  };
  const apiKey = () => {
    if (!isRefused) return PLATFORM.apiKey;
    pass(5_000);
    return 'a-fresh-key';
  };
  await using spydra = platformClient(sandbox, { fetch, apiKey });
  const error = await rejection(spydra.assets.create(FLAT, { deadline: 5_000 }));
  expect(error).toMatchObject({ outcome: 'not-applied' });
  expect(sent).toBe(1);
});
