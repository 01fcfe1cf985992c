import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PATH as API } from '../app.js';
import { nginx } from './nginx.js';
import { freePorts, HOST, isListening } from './ports.js';
import { Process } from './process.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RUN_TYPESCRIPT = [process.execPath, '--import', 'tsx'] as const;

/** How a client reaches the sandbox, but for its URL. */
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
  /** For the backends, over what the topology needs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The module that the instances run. Default: the backend. */
  readonly server?: string;
  /** Of the sandbox's ledger, such as `500ms`. Default 2 s. */
  readonly blockTime?: string;
  /** Changes nginx's configuration before it is used. */
  readonly adjustNginx?: (configuration: string) => string;
}

/** What runs. Whoever started it stops it. */
export interface Topology {
  /** Where nginx answers, without a path; its certificate is its own. */
  readonly url: string;
  /** Where the documented routes are. */
  readonly apiUrl: string;
  readonly adminKey: string;
  /** Where the sandbox's API is. */
  readonly sandboxUrl: string;
  readonly redisPort: number;
  readonly backendPorts: readonly number[];
  readonly nginx: Process;
  readonly backends: readonly Process[];
  readonly redis: Process;
  readonly sandbox: Process;
  /** Lets requests on their way finish, and leaves nothing behind. */
  stop(): Promise<void>;
}

/** nginx before the backends, which share Redis and work on a sandbox with a few assets, all on this machine. */
export async function startTopology(options: TopologyOptions = {}): Promise<Topology> {
  const directory = await mkdtemp(join(tmpdir(), 'spydra-cluster-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const topology = await design(directory, options);
  const { sandbox, redis, backends } = topology;
  try {
    await Promise.all([sandbox.start(), redis.start()]);
    await Promise.all(backends.map((backend) => backend.start()));
    await topology.nginx.start();
    return topology;
  } catch (error) {
    await topology.stop();
    throw error;
  }
}

async function design(directory: string, options: TopologyOptions): Promise<Topology> {
  const { instances = 3, environment = {}, server = 'examples/express/server.ts', blockTime = '2s' } = options;
  // Those that a person types come first.
  const [httpsPort = 0, httpPort = 0, redisPort = 0, sandboxPort = 0, ...backendPorts] = await freePorts(
    4 + instances,
    [8_443, 8_080],
  );
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
  const entrance = await nginx({ httpPort, httpsPort, backendPorts, directory, adjust: options.adjustNginx });

  const url = `https://localhost:${httpsPort}`;
  const stop = async () => {
    // From the outside in: nobody is cut off from what it still needs.
    await entrance.stop();
    await Promise.all(backends.map((backend) => backend.stop()));
    await Promise.all([redis.stop(), sandbox.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
  const processes = { nginx: entrance, backends, redis, sandbox };
  return { url, apiUrl: url + API, adminKey, sandboxUrl, redisPort, backendPorts, ...processes, stop };
}
