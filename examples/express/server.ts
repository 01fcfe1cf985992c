import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, PATH } from './app.js';
import { type Config, readConfig } from './config.js';
import { drainOnSignal } from './drain.js';
import { greeting } from './greeting.js';
import { openLedger } from './ledger.js';
import { openLimits } from './limits/limits.js';
import { slowSenders } from './limits/slow-senders.js';
import { watch } from './watching/watch.js';

/** Milliseconds: longer than a proxy keeps one, so that none is closed while a request is on its way over it. */
const IDLE_CONNECTION = 75_000;

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
  const ledger = openLedger(config, log);
  const limits = openLimits(config, log);
  const app = createApp(ledger.spydra, config, { watching, limits, sample: ledger.sample });
  const server = createServer({ ...slowSenders(config.requestTimeout), keepAliveTimeout: IDLE_CONNECTION }, app);
  drainOnSignal({
    server,
    onDrain: () => readiness.drain(),
    close: () => ledger.close().finally(() => limits.close()),
  });
  await limits.ready();
  await listen(server, config);

  const { port } = server.address() as AddressInfo;
  const origin = `http://localhost:${port}`;
  console.log(greeting({ origin, path: PATH, ledger: ledger.name, key: keyOf(config), sample: ledger.sample }));
}

async function listen(server: Server, { port, host }: Config): Promise<void> {
  await once(server.listen({ port, ...(host ? { host } : {}) }), 'listening');
}

/** The admin key as it is printed, where it was made for this run, or as a shell finds the first that was given. */
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
