import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../helpers/program.js';
import { isMissing } from '../helpers/programs.js';
import { Stage } from './cases/stage.js';
import { type StandInNetwork, startStandIn } from './peer/network.js';
import { clientOn } from './sdk.js';
import type { TestNetwork } from './test-network.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GUIDE = readFileSync(join(ROOT, 'docs/fabric.md'), 'utf8');

/** What the guide has an admin invoke by `peer chaincode invoke -c`. */
function configuration(): { readonly function: string; readonly Args: readonly string[] } {
  return JSON.parse(/-c '(\{"function":"Configure".*\})'/.exec(GUIDE)?.[1] ?? '');
}

/** The first TypeScript of the guide. */
const example = /^```ts\n([\s\S]*?)^```$/m.exec(GUIDE)?.[1] ?? '';

/** A folder with the files of Fabric's test network that the example reads. */
function testNetworkFolder({ tlsCa = '', members: { client } }: TestNetwork): string {
  const folder = mkdtempSync(join(tmpdir(), 'test-network-'));
  const org1 = join(folder, 'organizations/peerOrganizations/org1.example.com');
  const files = {
    'peers/peer0.org1.example.com/tls/ca.crt': tlsCa,
    'users/User1@org1.example.com/msp/signcerts/cert.pem': client.cert,
    'users/User1@org1.example.com/msp/keystore/8f1c_sk': client.key,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(org1, name)), { recursive: true });
    writeFileSync(join(org1, name), text);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

describe.skipIf(isMissing('openssl'))('docs/fabric.md', () => {
  let network: StandInNetwork;
  let stage: Stage;
  beforeAll(async () => {
    network = await startStandIn({ channel: 'mychannel' });
    stage = new Stage(network);
  });
  afterAll(() => stage?.close());

  it('has a policy with which its example runs as it is, on the port of this network, and mints', async () => {
    const { function: functionName, Args: args } = configuration();
    expect((await stage.admin.write(functionName, ...args)).code).toBe('VALID');

    expect(example).toContain("'localhost:7051'");
    const folder = testNetworkFolder(network);
    const outfile = join(folder, 'example.mjs');
    await build({
      stdin: { contents: example.replace('localhost:7051', network.address), resolveDir: ROOT, loader: 'ts' },
      outfile,
      tsconfig: join(ROOT, 'tsconfig.json'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    });
    const run = promisify(execFile)(process.execPath, [outfile], { cwd: folder, env: bareEnvironment() });
    expect(await run).toEqual({ stdout: '', stderr: '' });

    await using spydra = clientOn(network);
    const { balances } = await spydra.wallets.balance('treasury');
    expect(balances).toMatchObject([{ assetName: 'Harbour View 12', balance: 10_000n }]);
  });
});
