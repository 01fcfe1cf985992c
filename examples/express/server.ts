import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, PATH } from './app.js';
import { readConfig } from './config.js';
import { greeting } from './greeting.js';
import { openLedger } from './ledger.js';
import { openLimits } from './limits/limits.js';
import { slowSenders } from './limits/slow-senders.js';
import type { Readiness } from './watching/readiness.js';
import { watch } from './watching/watch.js';

try {
  await serve();
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}

async function serve(): Promise<void> {
  const config = readConfig();
  const watching = watch(config);
  const ledger = openLedger(watching.log);
  const limits = openLimits(config, watching.log);
  await limits.ready();
  const app = createApp(ledger.spydra, config, { watching, limits, sample: ledger.sample });
  const server = await listen(createServer(slowSenders(config.requestTimeout), app), config.port);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => stop(server, watching.readiness, ledger, limits));
  }

  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}${PATH}`;
  const madeKey = config.keyIsMade ? config.adminApiKeys[0] : undefined;
  console.log(greeting({ url, ledger: ledger.name, madeKey, sample: ledger.sample }));
}

async function listen(server: Server, port: number): Promise<Server> {
  await once(server.listen(port), 'listening');
  return server;
}

/** Takes no more requests, lets those in flight finish, and closes what they needed. */
async function stop(
  server: Server,
  readiness: Readiness,
  ...needed: readonly { close(): Promise<void> }[]
): Promise<void> {
  readiness.drain();
  // A connection is not kept open for a next request that would be refused.
  server.keepAliveTimeout = 1;
  server.close();
  await once(server, 'close');
  await Promise.all(needed.map((each) => each.close()));
  process.exit(0);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'The port is in use: stop what listens there, or set PORT to another one.';
  return error.message;
}
