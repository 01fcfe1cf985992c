import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { PATH as API } from '../app.js';
import { MEMORIES } from '../writes/key-locks.js';
import { nginx } from './nginx.js';
import { freePorts, HOST, isListening } from './ports.js';
import { Process } from './process.js';
import { LIMITS_BEHIND_WEB, tokenEnvironment, type WebOptions, webProcesses } from './web.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RUN_TYPESCRIPT = [process.execPath, '--import', 'tsx'] as const;

/** The options of a client for the sandbox, without its URL. */
export const SANDBOX = {
  apiKey: 'sandbox-key',
  projectId: 'sandbox-project',
  networkId: 'sandbox-network',
  appId: 'sandbox-app',
  assetSchemaId: 'sandbox-schema',
};

export interface TopologyOptions {
  /** How many instances. Default 3. */
  readonly instances?: number;
  /** Environment of the backends; overrides what the topology sets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The module that each instance runs. Default: the backend. */
  readonly server?: string;
  /** Preferred ports of nginx: HTTPS, HTTP, and the front end. Default: any, since other topologies may start now. */
  readonly ports?: readonly number[];
  /** Of the sandbox's ledger, such as `500ms`. Default 2 s. */
  readonly blockTime?: string;
  /** The front end. Default: none. */
  readonly web?: WebOptions;
  /** Changes nginx's configuration before it is used. */
  readonly adjustNginx?: (configuration: string) => string;
}

/** A running topology. The caller that started it must stop it. */
export interface Topology {
  /** The URL of nginx, without a path; its certificate is self-signed. */
  readonly url: string;
  /** The base URL of the documented routes. */
  readonly apiUrl: string;
  readonly adminKey: string;
  /** The base URL of the sandbox's API. */
  readonly sandboxUrl: string;
  /** Where the logs of all processes are. */
  readonly directory: string;
  readonly redisPort: number;
  readonly backendPorts: readonly number[];
  readonly nginx: Process;
  readonly backends: readonly Process[];
  /** The front end: instances, and the URL of nginx before them; no instances unless it was asked for. */
  readonly web: { readonly url: string; readonly ports: readonly number[]; readonly instances: readonly Process[] };
  readonly redis: Process;
  readonly sandbox: Process;
  /** Finishes open requests, stops all processes and removes their files. */
  stop(): Promise<void>;
}

/** Starts nginx, backends that share Redis, and a sandbox with a few assets, all on this machine. */
export async function startTopology(options: TopologyOptions = {}): Promise<Topology> {
  const directory = await mkdtemp(join(tmpdir(), 'spydra-cluster-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const topology = await design(directory, options);
  const { sandbox, redis, backends } = topology;
  try {
    await Promise.all([sandbox.start(), redis.start()]);
    await knowsNoWrites(topology.redisPort);
    await Promise.all(backends.map((backend) => backend.start()));
    await Promise.all(topology.web.instances.map((instance) => instance.start()));
    await topology.nginx.start();
    return topology;
  } catch (error) {
    await topology.stop();
    throw error;
  }
}

/** The ledger is as new as Redis, so no earlier write can be uncertain. */
async function knowsNoWrites(redisPort: number): Promise<void> {
  const redis = new Redis(redisPort, HOST);
  try {
    await redis.mset(Object.fromEntries(MEMORIES.map((memory) => [memory, 1])));
  } finally {
    redis.disconnect();
  }
}

async function design(directory: string, options: TopologyOptions): Promise<Topology> {
  const { instances = 3, environment = {}, server = 'examples/backend/server.ts', blockTime = '2s', web } = options;
  const webInstances = web ? (web.instances ?? 3) : 0;
  const tokens = tokenEnvironment();
  const [httpsPort = 0, httpPort = 0, webPort = 0, internalPort = 0, redisPort = 0, sandboxPort = 0, ...ports] =
    await freePorts(6 + instances + webInstances, options.ports);
  const backendPorts = ports.slice(0, instances);
  const front = web && { port: webPort, internalPort, ports: ports.slice(instances) };
  const sandboxUrl = `http://${HOST}:${sandboxPort}/v2`;
  const secret = async (name: string, value: string) => {
    await writeFile(join(directory, name), value, { mode: 0o600 });
    return join(directory, name);
  };
  const adminKey = randomBytes(24).toString('base64url');
  const shared = {
    HOST,
    AUTH_API_KEY_FILE: await secret('auth_api_key', adminKey),
    SPYDRA_API_KEY_FILE: await secret('spydra_api_key', SANDBOX.apiKey),
    SPYDRA_BASE_URL: sandboxUrl,
    SPYDRA_PROJECT_ID: SANDBOX.projectId,
    SPYDRA_NETWORK_ID: SANDBOX.networkId,
    SPYDRA_APP_ID: SANDBOX.appId,
    SPYDRA_ASSET_SCHEMA_ID: SANDBOX.assetSchemaId,
    REDIS_URL: `redis://${HOST}:${redisPort}`,
    TRUST_PROXY: '1',
    ...(web && { ...tokens, ...LIMITS_BEHIND_WEB }),
    ...environment,
  };

  const log = (name: string) => join(directory, `${name}.log`);
  const ledger = ['--data', join(directory, 'ledger.jsonl'), '--seed', '--block-time', blockTime];
  const sandbox = new Process({
    name: 'sandbox',
    command: [...RUN_TYPESCRIPT, 'src/sandbox/cli.ts', '--port', String(sandboxPort), ...ledger],
    directory: ROOT,
    log: log('sandbox'),
    answers: () => isListening(sandboxPort),
  });
  const redis = new Process({
    name: 'redis-server',
    command: ['redis-server', '--port', String(redisPort), '--bind', HOST, '--save', '', '--appendonly', 'no'],
    directory,
    log: log('redis'),
    answers: () => isListening(redisPort),
  });
  const backends = backendPorts.map((port, index) => {
    const name = `backend-${index + 1}`;
    return new Process({
      name,
      command: [...RUN_TYPESCRIPT, server],
      environment: { ...shared, PORT: String(port) },
      directory: ROOT,
      log: log(name),
      answers: () => isListening(port),
    });
  });
  const corsOrigins = environment.CORS_ORIGINS;
  const entrance = await nginx({
    httpPort,
    httpsPort,
    backendPorts,
    web: front,
    corsOrigins,
    directory,
    adjust: options.adjustNginx,
  });

  const url = `https://localhost:${httpsPort}`;
  const frontEnd = {
    url: front ? `https://localhost:${front.port}` : '',
    ports: front?.ports ?? [],
    instances: web && front ? webProcesses(web, { ...front, directory, backendPorts, tokens }) : [],
  };
  const stop = async () => {
    // From the outside in, so that each process stops before those that it depends on.
    await entrance.stop();
    await Promise.all(frontEnd.instances.map((instance) => instance.stop()));
    await Promise.all(backends.map((backend) => backend.stop()));
    await Promise.all([redis.stop(), sandbox.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
  const processes = { nginx: entrance, backends, web: frontEnd, redis, sandbox };
  return { directory, url, apiUrl: url + API, adminKey, sandboxUrl, redisPort, backendPorts, ...processes, stop };
}
