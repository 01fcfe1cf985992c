import { NotFoundError, type SpydraClient, SpydraError } from 'spydra-sdk';
import { ledgerConformance } from 'spydra-sdk/ledger-conformance';
import { createSandbox, type PlatformOptions } from 'spydra-sdk/sandbox';
import { afterAll, describe, expect, it } from 'vitest';
import { rejection } from '../helpers/client.js';
import { platformClient } from '../helpers/platform.js';

/** Each switch of the sandbox, and combinations of them. */
const SWITCHES: readonly PlatformOptions[] = [
  {},
  { status: 201 },
  ...(['object', 'text', 'quoted', 'none'] as const).map((results) => ({ results })),
  ...(['error', 'details', 'nested', 'text', 'html', 'none'] as const).map((errors) => ({ errors })),
  ...([200, 400, 409] as const).map((errorStatus) => ({ errorStatus })),
  { loseEvery: 2 },
  { loseEvery: 1, results: 'none' },
  { loseEvery: 3, errors: 'nested', errorStatus: 409, results: 'text' },
  { loseEvery: 3, errors: 'html', errorStatus: 200, results: 'quoted', status: 201 },
  { errors: 'none', errorStatus: 400, results: 'object' },
];

const NOT_FOUND = 'what does not exist is not found';

const statesReasons = ({ errors = 'message' }: PlatformOptions) => errors !== 'html' && errors !== 'none';

const unreadable = (open: () => SpydraClient) => async () => {
  await using spydra = open();
  const error = await rejection(spydra.assets.get('none'));
  expect(error).toBeInstanceOf(SpydraError);
  expect(error).not.toBeInstanceOf(NotFoundError);
};

describe.each(SWITCHES)('the platform that responds as %j says', (platform) => {
  const sandbox = createSandbox({ platform });
  afterAll(() => sandbox.close());

  const open = () => platformClient(sandbox);
  const openLosing = () => {
    let isLost = false;
    const fetch: typeof globalThis.fetch = async (url, init) => {
      const response = await sandbox.fetch(url, init);
      if (isLost || String(url).endsWith('/ledger/query')) return response;
      isLost = true;
      throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
    };
    return platformClient(sandbox, { fetch });
  };

  for (const { name, run } of ledgerConformance({ open, openLosing })) {
    // Errors without a reason do not say that something is not there.
    if (!statesReasons(platform) && name === NOT_FOUND) it('what does not exist is an error', unreadable(open));
    else it(name, run);
  }
});
