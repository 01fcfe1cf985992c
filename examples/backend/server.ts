import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, PATH } from './app.js';
import { type Config, readConfig, VARIABLES } from './config.js';
import { drainOnSignal } from './drain.js';
import { Feed } from './events/feed.js';
import { greeting } from './greeting.js';
import { openLedger } from './ledger.js';
import { openLimits } from './limits/limits.js';
import { misspelled } from './misspelled.js';
import { openServer } from './serving/open-server.js';
import { watch } from './watching/watch.js';
import { openSharedKeys } from './writes/shared-keys.js';

// Output that cannot be written is dropped: a full disk or a closed pipe must not end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  await serve();
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}

async function serve(): Promise<void> {
  const config = readConfig();
  const watching = watch(config);
  const { log, readiness } = watching;
  for (const sentence of misspelled(process.env, VARIABLES)) log.warn(sentence);
  const ledger = await openLedger(config, log);
  const limits = openLimits(config, log);
  const keys = openSharedKeys(config);
  const feed = new Feed(ledger.spydra, log);
  const parts = { watching, limits, feed, sharedKeys: keys?.shared, sample: ledger.sample };
  const app = createApp(ledger.spydra, config, parts);
  const { server, exchanges } = openServer(app, config, log);
  drainOnSignal({
    server,
    exchanges,
    onDrain: () => {
      readiness.drain();
      feed.close();
    },
    close: () => ledger.close().finally(() => Promise.all([limits.close(), keys?.close()])),
  });
  await Promise.all([limits.ready(), keys?.ready()]);
  await listen(server, config);

  const { port } = server.address() as AddressInfo;
  const origin = `http://localhost:${port}`;
  console.log(greeting({ origin, path: PATH, ledger: ledger.name, key: keyOf(config), sample: ledger.sample }));
}

async function listen(server: Server, { port, host }: Config): Promise<void> {
  try {
    await once(server.listen({ port, ...(host ? { host } : {}) }), 'listening');
  } catch (error) {
    if (!(error instanceof Error) || ('code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new Error(`The server cannot listen (${error.message}): set HOST and PORT to an address of this machine.`, {
      cause: error,
    });
  }
}

/** The admin key to print if it was generated, or a shell expression that reads the first configured one. */
function keyOf({ keyIsMade, adminApiKeys }: Config) {
  if (keyIsMade) return { isMade: true, inShell: adminApiKeys[0] ?? '' };
  const first = "grep -oE -m1 '^[^, ]+'";
  const inVariable = adminApiKeys.length > 1 ? `$(echo "$AUTH_API_KEY" | ${first})` : '$AUTH_API_KEY';
  const inFile = `$(${first} "$AUTH_API_KEY_FILE")`;
  return { isMade: false, inShell: process.env.AUTH_API_KEY ? inVariable : inFile };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'The port is in use: stop what listens there, or set PORT to another one.';
  return error.message;
}
