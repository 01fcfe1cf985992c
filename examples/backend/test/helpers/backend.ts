import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { SpydraClient } from 'spydra-sdk';
import { onTestFinished, vi } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { closedUrl, type Script, scriptedServer } from '../../../../test/helpers/scripted-server.js';
import { seededSandbox } from '../../../express/test/helpers/adapter.js';
import { ADMIN_KEY, listening } from '../../../express/test/helpers/listening.js';
import { createApp, type Parts } from '../../app.js';
import { readConfig } from '../../config.js';
import { openLimits } from '../../limits/limits.js';
import { openServer } from '../../serving/open-server.js';
import { watch } from '../../watching/watch.js';
import { openSharedKeys } from '../../writes/shared-keys.js';
import { expectAsDocumented } from './contract.js';

export { ADMIN_KEY, type Answer, listening, type Sent } from '../../../express/test/helpers/listening.js';
export { refusingWrites, WRITES } from '../../../express/test/helpers/writes.js';

/** What the environment says, beside the admin key. */
export type Environment = Readonly<Record<string, string>>;

/** Limits that no test meets by chance. */
export const WIDE = { RATE_LIMIT_PER_ADDRESS: '10000', RATE_LIMIT_PER_KEY: '10000' };

/** The whole backend in such an environment, behind a real HTTP server of the test's own. */
export async function backendOf(spydra: SpydraClient, environment: Environment = {}, parts: Pick<Parts, 'feed'> = {}) {
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
  const app = createApp(spydra, config, { ...parts, watching, limits, sharedKeys: keys?.shared });
  const { server, exchanges } = openServer(app, config, watching.log);
  return { logger, server, exchanges, ...(await listening(server, expectAsDocumented)) };
}

/** The whole backend before a Spydra that does as the script says; without one, before one that is not there. */
export async function backendBefore(script: Script | undefined, environment: Environment = {}) {
  const upstream = script && (await scriptedServer(script));
  const spydra = testClient({ baseUrl: upstream?.url ?? (await closedUrl()), retries: 0 });
  return { seen: upstream?.seen ?? [], ...(await backendOf(spydra, environment)) };
}

/** The whole backend on a seeded sandbox that really listens. */
export async function backendOnSandbox(environment: Environment = {}) {
  const ledger = await seededSandbox();
  return { ...ledger, ...(await backendOf(ledger.spydra, environment)) };
}

/** Sends bytes as they are, and gives back what came until the server closed the connection. */
export async function sendRaw(port: number, ...lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(lines.join('\r\n'), 'latin1');
  return text(socket);
}
