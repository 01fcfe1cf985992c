import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { SpydraClient } from 'spydra-sdk';
import { onTestFinished, vi } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { closedUrl, json, type Script, scriptedServer } from '../../../../test/helpers/scripted-server.js';
import { createApp } from '../../app.js';
import { readConfig } from '../../config.js';
import { openLimits } from '../../limits/limits.js';
import { openServer } from '../../serving/open-server.js';
import { watch } from '../../watching/watch.js';
import { openSharedKeys } from '../../writes/shared-keys.js';
import { ADMIN_KEY, served } from './adapter.js';

/** What the environment says, beside the admin key. */
export type Environment = Readonly<Record<string, string>>;

/** Limits that no test meets by chance. */
export const WIDE = { RATE_LIMIT_PER_ADDRESS: '10000', RATE_LIMIT_PER_KEY: '10000' };

/** The whole backend in such an environment, behind a real HTTP server of the test's own. */
export async function backendOf(spydra: SpydraClient, environment: Environment = {}) {
  const config = readConfig({ AUTH_API_KEY: ADMIN_KEY, ...WIDE, ...environment });
  const logger = { warn: vi.fn() };
  const limits = openLimits(config, logger);
  onTestFinished(() => limits.close());
  await limits.ready();
  const keys = openSharedKeys(config);
  onTestFinished(() => keys?.close());
  await keys?.ready();
  const watching = watch(config, { write: () => {} });
  onTestFinished(() => watching.metrics.close());
  const app = createApp(spydra, config, { watching, limits, sharedKeys: keys?.shared });
  const { server, exchanges } = openServer(app, config, watching.log);
  return { logger, server, exchanges, ...(await served(server)) };
}

/** The whole backend before a Spydra that does as the script says; without one, before one that is not there. */
export async function backendBefore(script: Script | undefined, environment: Environment = {}) {
  const upstream = script && (await scriptedServer(script));
  const spydra = testClient({ baseUrl: upstream?.url ?? (await closedUrl()), retries: 0 });
  return { seen: upstream?.seen ?? [], ...(await backendOf(spydra, environment)) };
}

/** Sends bytes as they are, and gives back what came until the server closed the connection. */
export async function sendRaw(port: number, ...lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(lines.join('\r\n'), 'latin1');
  return text(socket);
}

/** The routes that write, each with a body that is right. */
export const WRITES: Readonly<Record<string, object>> = {
  'POST /assets': {
    asset: { name: 'n', symbol: 's', description: 'd', assetType: 't', totalValue: 1, totalSupply: 1 },
    creatorWallet: 'w1',
  },
  'PUT /assets/a1': { updates: { name: 'n' }, updaterWallet: 'w1' },
  'POST /assets/a1/publish': { publisherWallet: 'w1' },
  'POST /assets/a1/metadata': { metadata: {} },
  'POST /tokens/mint': { assetId: 'a1', recipientWallet: 'w1', amount: 5 },
  'POST /tokens/burn': { assetId: 'a1', holderWallet: 'w1', burnerWallet: 'w1', amount: 1 },
  'POST /tokens/transfer': { assetId: 'a1', fromWallet: 'w2', toWallet: 'w1', amount: 1 },
  'POST /tokens/purchase': { assetId: 'a1', sellerWallet: 'w2', buyerWallet: 'w1', amount: 1, price: 1 },
};

/** What may be bought of it: tokens of `a1`, for 1 dollar. */
const OFFERED = { assetId: 'a1', name: 'A', totalValue: 10, totalSupply: 10, pricePerToken: 1, status: 'published' };

/** A Spydra that has heard of nothing but an asset and refuses every write: what gets as far as this is answered 409. */
export const refusingWrites: Script = (request, response) => {
  if (request.method === 'GET' && request.path.endsWith('/assets/a1')) json(response, 200, { asset: OFFERED });
  else if (request.method === 'GET') json(response, 200, { transactions: [], total: 0 });
  else json(response, 409, { code: 'SUPPLY_EXCEEDED' });
};
