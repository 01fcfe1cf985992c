import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchanges } from './serving/exchanges.js';

/** Milliseconds from the signal to the exit of the process. */
const LIMIT = 10_000;
/** The last part of LIMIT, for responses that report an unknown outcome. */
const LAST_ANSWERS = 1_500;

/** The server to drain, and how to close its dependencies. */
export interface Draining {
  readonly server: Server;
  readonly exchanges: Exchanges;
  /** Called first, for example to make the readiness probe fail. */
  readonly onDrain: () => void;
  /** Ends the calls that are still open; each of them gets a response. */
  readonly close: () => Promise<void>;
}

/**
 * Drains and exits at the first SIGTERM or SIGINT: no new requests are accepted, open ones finish, and each has its
 * response within 10 s. A second signal exits at once.
 */
export function drainOnSignal(draining: Draining): void {
  let isStopping = false;
  const stop = async () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    await drain(draining);
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
}

async function drain({ server, exchanges, onDrain, close }: Draining): Promise<void> {
  onDrain();
  // New connections are refused, so that a proxy uses another instance. Idle connections are closed.
  server.close();
  exchanges.closeConnections();
  await within(LIMIT - LAST_ANSWERS, exchanges.ended());
  await within(
    LAST_ANSWERS,
    close()
      .catch((error: unknown) => console.error(error))
      .then(() => exchanges.ended()),
  );
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  await Promise.race([work, sleep(milliseconds)]);
}
