import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpydraClient } from 'spydra-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configure } from '../../../test/fabric/configure.js';
import { startStandInProcess } from '../../../test/fabric/peer/stand-in-process.js';
import { clientOn } from '../../../test/fabric/sdk.js';
import { SandboxProcess } from '../../../test/faults/sandbox-process.js';
import { FLAT } from '../../../test/helpers/flat.js';
import { bareEnvironment, program } from '../../../test/helpers/program.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { scaled } from '../../../test/helpers/scale.js';

const APP = {
  apiKey: 'sandbox-key',
  projectId: 'sandbox-project',
  networkId: 'sandbox-network',
  appId: 'sandbox-app',
  assetSchemaId: 'sandbox-schema',
};

/** A ledger in a process that can be killed, and how the program and this test reach it. */
interface Ground {
  readonly spydra: SpydraClient;
  readonly environment: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  kill(): Promise<void>;
  start(): Promise<void>;
}

async function onSandbox(folder: string): Promise<Ground> {
  const server = new SandboxProcess({ dataFile: join(folder, 'ledger'), blockTime: 20, idempotency: 'header' });
  onTestFinished(() => server.kill());
  await server.start();
  return {
    spydra: new SpydraClient({ ...APP, baseUrl: `${server.url}/v2` }),
    environment: {
      SPYDRA_BASE_URL: `${server.url}/v2`,
      SPYDRA_API_KEY: APP.apiKey,
      SPYDRA_PROJECT_ID: APP.projectId,
      SPYDRA_NETWORK_ID: APP.networkId,
      SPYDRA_APP_ID: APP.appId,
      SPYDRA_ASSET_SCHEMA_ID: APP.assetSchemaId,
    },
    flags: [],
    kill: () => server.kill(),
    start: () => server.start(),
  };
}

async function onFabric(folder: string): Promise<Ground> {
  const network = await startStandInProcess();
  onTestFinished(() => network.close());
  await configure(network);
  const { cert, key } = network.members.otherClient;
  const fileWith = (name: string, text = '') => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return {
    spydra: clientOn(network),
    environment: {
      FABRIC_PEER_ENDPOINT: network.address,
      FABRIC_PEER_HOST_ALIAS: 'localhost',
      FABRIC_MSP_ID: 'Org1MSP',
      FABRIC_TLS_CERT_PATH: fileWith('ca.pem', network.tlsCa),
      FABRIC_CERT_PATH: fileWith('cert.pem', cert),
      FABRIC_KEY_PATH: fileWith('key.pem', key),
      FABRIC_CHANNEL_NAME: network.channel,
      FABRIC_CHAINCODE_NAME: network.chaincode,
    },
    flags: ['--ledger', 'fabric'],
    kill: () => network.nodes.peer.stop(),
    start: () => network.nodes.peer.start(),
  };
}

/** The program as a process, and the ids of the transactions that all of its processes have printed. */
class Watch {
  readonly printed: string[] = [];
  #child: ChildProcess | undefined;
  readonly #ground: Ground;
  readonly #file: string;

  constructor(ground: Ground, file: string) {
    this.#ground = ground;
    this.#file = file;
  }

  start(): void {
    const { environment, flags } = this.#ground;
    const env = { ...bareEnvironment(), ...environment };
    const command = [program('examples/scripts/watch.ts'), '--checkpoint', this.#file, ...flags];
    const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.printed.push(...[...text.matchAll(/ ([0-9a-f]{64})$/gm)].map(([, id = '']) => id));
    });
    this.#child = child;
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async end(signal: NodeJS.Signals): Promise<unknown> {
    const child = this.#child as ChildProcess;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = await ended;
    return code;
  }
}

describe.each([
  ['a sandbox', onSandbox, []],
  ['Fabric', onFabric, ['openssl']],
] as const)('the watch of %s', (_name, open, programs) => {
  it.skipIf(isMissing(...programs))('prints each transaction, however often the server and it are killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watch-'));
    const ground = await open(folder);
    await using spydra = ground.spydra;
    const watch = new Watch(ground, join(folder, 'checkpoint.json'));
    watch.start();
    onTestFinished(() => watch.kill());
    const { assetId, transactionId } = await spydra.assets.create(FLAT);
    const committed = [transactionId];
    const kills = scaled(2);
    for (let n = 0; n < kills; n++) {
      const write = async () => {
        const mint = await spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 1 });
        committed.push(mint.transactionId);
      };
      await write();
      await expect.poll(() => watch.printed).toContain(committed.at(-1));
      await ground.kill();
      await ground.start();
      await write();
      expect(await watch.end('SIGKILL')).toBe(null);
      await write();
      watch.start();
      await expect.poll(() => watch.printed).toContain(committed.at(-1));
    }
    // Killed between a line and its checkpoint, it prints that line again.
    const firsts = [...new Set(watch.printed)].filter((id) => committed.includes(id));
    expect(firsts).toEqual(committed);
    expect(watch.printed.length).toBeLessThanOrEqual(committed.length + kills + 1);
    expect(await watch.end('SIGINT')).toBe(130);
  });
});
