import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Topology } from '../../cluster/topology.js';
import type { Client } from './client.js';

/** Something that happens to a running topology, and what must hold then. */
export interface Event {
  readonly name: string;
  /** Resolves when what it broke works again. */
  readonly happen: (topology: Topology, client: Client) => Promise<void>;
  /** Whether reads may fail meanwhile. */
  readonly mayFailReads: boolean;
  /** Seconds to recover within; undefined: nobody promises any. */
  readonly bound: number | undefined;
}

/** Milliseconds for which a server is away. */
const OUTAGE = 5_000;
const ASK_AGAIN = 50;
const PATIENCE = 90_000;
/** Milliseconds an instance must be up before the next one goes: nginx leaves one that has failed alone for 2 s. */
const READY_FOR = 4_000;

/** The bounds are those of the architecture's table of recovery times. */
export const EVENTS: readonly Event[] = [
  {
    name: 'none',
    async happen() {},
    mayFailReads: false,
    bound: 60,
  },
  {
    name: 'one backend: kill -9',
    async happen({ backends }) {
      await backends[0]?.kill();
      await backends[0]?.start();
    },
    mayFailReads: false,
    bound: 60,
  },
  {
    name: 'Redis: kill -9, back after 5 s',
    async happen({ redis, redisPort }) {
      await redis.kill();
      await sleep(OUTAGE);
      await redis.start();
      // It comes back empty: whatever it holds was put there since.
      await until(() => holdsKeys(redisPort));
    },
    mayFailReads: false,
    bound: 30,
  },
  {
    name: 'sandbox: kill -9, back after 5 s',
    async happen({ sandbox }, client) {
      await sandbox.kill();
      await sleep(OUTAGE);
      await sandbox.start();
      await until(async () => (await client.send('GET /health'))?.status === 200);
    },
    mayFailReads: true,
    bound: undefined,
  },
  {
    name: 'rolling restart: SIGTERM, one by one',
    async happen({ backends }) {
      for (const backend of backends) {
        await backend.stop();
        await backend.start();
        await sleep(READY_FOR);
      }
    },
    mayFailReads: false,
    bound: 60,
  },
  {
    name: 'nginx: reload',
    async happen({ nginx }) {
      nginx.signal('SIGHUP');
    },
    mayFailReads: false,
    bound: 60,
  },
];

async function holdsKeys(port: number): Promise<boolean> {
  const redis = new Redis(port);
  try {
    return (await redis.dbsize()) > 0;
  } finally {
    redis.disconnect();
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const giveUp = Date.now() + PATIENCE; !(await holds()); await sleep(ASK_AGAIN)) {
    if (Date.now() > giveUp) throw new Error('It does not recover.');
  }
}
