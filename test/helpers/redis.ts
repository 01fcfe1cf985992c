import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { isMissing } from './programs.js';

const HOST = '127.0.0.1';
const SLOTS = 16_384;
/** Milliseconds in which a server must respond, and a cluster be ready. */
const PATIENCE = 60_000;

/** Whether real Redis servers can be started here. */
export const isRedisHere = () => !isMissing('redis-server', 'redis-cli');

/** A real `redis-server` on a port of its own, which can be killed, frozen and restarted. */
export class RedisServer {
  readonly port: number;
  readonly #directory: string;
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;

  constructor(port: number, flags: readonly string[]) {
    this.port = port;
    this.#flags = flags;
    this.#directory = mkdtempSync(join(tmpdir(), 'spydra-redis-'));
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`;
  }

  /** Starts it with its snapshot, if there is one; resolves when it responds. */
  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', HOST, '--dir', this.#directory];
    // Snapshots only on SAVE.
    const child = spawn('redis-server', [...place, '--save', '', '--appendonly', 'no', ...this.#flags], {
      stdio: 'ignore',
    });
    this.#child = child;
    // It must not outlive this process.
    const kill = () => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    await until(`redis-server on port ${this.port} answers`, async () => {
      if (hasEnded(child)) throw new Error(`redis-server ended with ${child.exitCode ?? child.signalCode}.`);
      return (await this.ask('PING').catch(() => '')) === 'PONG';
    });
  }

  /** `kill -9`, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** From now on it accepts connections and does not respond. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** The response to a command. */
  async ask(...command: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('redis-cli', ['-h', HOST, '-p', String(this.port), ...command]);
    return stdout.trimEnd();
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A running server; the caller stops it. */
export function startRedis(flags: readonly string[] = []): Promise<RedisServer> {
  return untilStarted(() => startOnce(flags));
}

/** A port that was free may have been taken before the server listens on it: then others are tried. */
async function untilStarted<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

async function startOnce(flags: readonly string[]): Promise<RedisServer> {
  const server = new RedisServer(await freePort(), flags);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A running server, stopped when the test is over. */
export async function redisServer(flags: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedis(flags);
  onTestFinished(() => server.stop());
  return server;
}

/** Servers that share the keys among them. */
export interface RedisCluster {
  readonly ports: readonly number[];
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

/** A running cluster of three; the caller stops it. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const members = await Promise.all([1, 2, 3].map(() => untilStarted(startMember)));
  const servers = members.map(({ server }) => server);
  const [first] = servers;
  const share = Math.ceil(SLOTS / servers.length);
  await Promise.all(
    servers.map((server, index) => {
      const [from, to] = [index * share, Math.min((index + 1) * share, SLOTS) - 1];
      return server.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    }),
  );
  for (const { server, busPort } of members.slice(1)) {
    await first?.ask('CLUSTER', 'MEET', HOST, String(server.port), String(busPort));
  }
  await Promise.all(
    servers.map((server) =>
      until(`node ${server.port} knows the cluster`, async () => {
        const info = await server.ask('CLUSTER', 'INFO');
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${servers.length}`);
      }),
    ),
  );
  return {
    ports: servers.map(({ port }) => port),
    servers,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** A running cluster of three, stopped when the test is over. */
export async function redisCluster(): Promise<RedisCluster> {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  return cluster;
}

async function startMember() {
  // By default the bus port is 10,000 higher, which may exceed 65,535.
  const busPort = await freePort();
  const flags = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '5000'];
  return { busPort, server: await startOnce(flags) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Waited in vain until ${what}.`);
    await sleep(20);
  }
}
