import { createServer } from 'node:http';
import express from 'express';
import type { SpydraClient } from 'spydra-sdk';
import { scaledClock } from 'spydra-sdk/sandbox';
import { vi } from 'vitest';
import { API_KEY, testClient } from '../../../../test/helpers/client.js';
import { sandboxed } from '../../../../test/helpers/sandbox.js';
import { type Script, scriptedServer } from '../../../../test/helpers/scripted-server.js';
import { requireApiKey, type SpydraRouterOptions, spydraRouter } from '../../index.js';
import { expectDocumented } from './documented.js';
import { ADMIN_KEY, listening } from './listening.js';

/** The adapter behind a real HTTP server of the test's own, and a way to call it. */
export async function adapterOf(spydra: SpydraClient, options: Partial<SpydraRouterOptions> = {}) {
  const logger = { error: vi.fn() };
  const app = express();
  app.use('/api/spydra', spydraRouter(spydra, { guards: { admin: requireApiKey(ADMIN_KEY) }, logger, ...options }));
  return { logger, ...(await listening(createServer(app), expectDocumented)) };
}

/** The adapter before a Spydra that does as the script says. */
export async function adapterBefore(script: Script, options: Partial<SpydraRouterOptions> = {}) {
  const { url, seen } = await scriptedServer(script);
  return { seen, ...(await adapterOf(testClient({ baseUrl: url, retries: 0 }), options)) };
}

/** A client of a seeded sandbox that really listens and cuts blocks of 2 s, a hundred times as fast. */
export async function seededSandbox() {
  const { sandbox } = sandboxed({ apiKey: API_KEY, blockTime: 2_000, clock: scaledClock(100) });
  const { url } = await sandbox.listen();
  const spydra = testClient({ ...sandbox.connection(), baseUrl: `${url}/v2`, fetch: globalThis.fetch });
  return { sandbox, spydra, seeded: await sandbox.seed() };
}

/** The adapter on such a sandbox. */
export async function adapterOnSandbox() {
  const ledger = await seededSandbox();
  return { ...ledger, ...(await adapterOf(ledger.spydra)) };
}
