import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpydraClient } from 'spydra-sdk';
import { expect, it, onTestFinished } from 'vitest';
import { SandboxProcess } from '../../../test/faults/sandbox-process.js';
import { FLAT } from '../../../test/helpers/flat.js';
import { bareEnvironment, program } from '../../../test/helpers/program.js';
import { scaled } from '../../../test/helpers/scale.js';

const APP = {
  apiKey: 'sandbox-key',
  projectId: 'sandbox-project',
  networkId: 'sandbox-network',
  appId: 'sandbox-app',
  assetSchemaId: 'sandbox-schema',
};

/** The program as a process, and the ids of the transactions that all of its processes have printed. */
class Watch {
  readonly printed: string[] = [];
  #child: ChildProcess | undefined;
  readonly #url: string;
  readonly #file: string;

  constructor(url: string, file: string) {
    this.#url = url;
    this.#file = file;
  }

  start(): void {
    const environment = {
      ...bareEnvironment(),
      SPYDRA_BASE_URL: `${this.#url}/v2`,
      SPYDRA_API_KEY: APP.apiKey,
      SPYDRA_PROJECT_ID: APP.projectId,
      SPYDRA_NETWORK_ID: APP.networkId,
      SPYDRA_APP_ID: APP.appId,
      SPYDRA_ASSET_SCHEMA_ID: APP.assetSchemaId,
    };
    const command = [program('examples/scripts/watch.ts'), '--checkpoint', this.#file];
    const child = spawn(process.execPath, command, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
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

it('prints each transaction, however often the server and it are killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'watch-'));
  const server = new SandboxProcess({ dataFile: join(folder, 'ledger'), blockTime: 20, idempotency: 'header' });
  onTestFinished(() => server.kill());
  await server.start();
  await using spydra = new SpydraClient({ ...APP, baseUrl: `${server.url}/v2` });
  const watch = new Watch(server.url, join(folder, 'checkpoint.json'));
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
    await server.kill();
    await server.start();
    await write();
    expect(await watch.end('SIGKILL')).toBe(null);
    await write();
    watch.start();
    await expect.poll(() => watch.printed).toContain(committed.at(-1));
  }
  // Killed between a line and its checkpoint, it prints that line again.
  expect([...new Set(watch.printed)]).toEqual(committed);
  expect(watch.printed.length).toBeLessThanOrEqual(committed.length + kills);
  expect(await watch.end('SIGINT')).toBe(130);
});
