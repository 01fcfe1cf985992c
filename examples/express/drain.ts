import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds from the signal to the end of the process. */
const LIMIT = 10_000;
/** The last of them are for telling those who still wait that nobody knows the outcome. */
const LAST_ANSWERS = 1_500;

/** What stops serving, and how to close what it stood on. */
export interface Draining {
  readonly server: Server;
  /** Hears first that this process wants no more requests. */
  readonly onDrain: () => void;
  /** Ends what is still on its way, each with an answer. */
  readonly close: () => Promise<void>;
}

/**
 * Ends the process at the first SIGTERM or SIGINT: nothing new is taken, what is in flight finishes, and within 10 s
 * everybody has an answer. A second signal ends it at once.
 */
export function drainOnSignal(draining: Draining): void {
  const answers = answersOf(draining.server);
  let isStopping = false;
  const stop = async () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    await drain(draining, answers);
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
}

async function drain({ server, onDrain, close }: Draining, answers: ReadonlySet<ServerResponse>): Promise<void> {
  onDrain();
  // Whoever connects now is refused, and a proxy then asks another instance. Idle connections are closed.
  server.close();
  for (const answer of answers) bidFarewell(answer);
  await within(LIMIT - LAST_ANSWERS, allSent(answers));
  await within(
    LAST_ANSWERS,
    close()
      .catch((error: unknown) => console.error(error))
      .then(() => allSent(answers)),
  );
}

/** The answers that are not yet sent. */
function answersOf(server: Server): ReadonlySet<ServerResponse> {
  const open = new Set<ServerResponse>();
  server.prependListener('request', (_request, answer: ServerResponse) => {
    open.add(answer);
    answer.once('close', () => open.delete(answer));
    // One that was read as the signal came.
    if (!server.listening) bidFarewell(answer);
  });
  return open;
}

/** No next request shall come over this answer's connection. */
function bidFarewell(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('Connection', 'close');
}

async function allSent(answers: ReadonlySet<ServerResponse>): Promise<void> {
  while (answers.size > 0) await Promise.all([...answers].map((answer) => once(answer, 'close')));
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  await Promise.race([work, sleep(milliseconds)]);
}
