import { createServer, type RequestListener, type Server } from 'node:http';
import type { Logger } from 'spydra-sdk';
import type { Config } from '../config.js';
import { slowSenders } from '../limits/slow-senders.js';
import { Exchanges } from './exchanges.js';
import { answerUnreadable } from './unreadable.js';

/** Milliseconds; longer than the keep-alive of a proxy: no connection is closed while a request is sent over it. */
const IDLE_CONNECTION = 75_000;

/** Creates the HTTP server of the app and handles its connections. */
export function openServer(
  app: RequestListener,
  { requestTimeout }: Pick<Config, 'requestTimeout'>,
  log: Logger,
): { readonly server: Server; readonly exchanges: Exchanges } {
  const exchanges = new Exchanges();
  const listener = exchanges.inTurn(app);
  const options = { ...slowSenders(requestTimeout), keepAliveTimeout: IDLE_CONNECTION, requireHostHeader: false };
  const server = createServer(options, listener);
  // Node removes its own listener when it emits a socket, and an error without a listener would end the process.
  server.on('connection', (socket) => socket.on('error', () => {}));
  answerUnreadable(server, exchanges, listener, log);
  return { server, exchanges };
}
