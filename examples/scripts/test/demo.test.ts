import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { configure } from '../../../test/fabric/configure.js';
import { startStandIn } from '../../../test/fabric/peer/network.js';
import { bareEnvironment } from '../../../test/helpers/program.js';
import { isMissing } from '../../../test/helpers/programs.js';

const ROOT = new URL('../../..', import.meta.url).pathname;

/** Far more than a start of tsx takes. */
const TIMEOUT = 60_000;

/** The demo in a process, and what it prints. */
function start(env: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const program = ['--import', 'tsx', 'examples/scripts/quickstart.ts', ...args];
  const child = spawn(process.execPath, program, { cwd: ROOT, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed.text += chunk));
  return { child, printed };
}

/** The demo, on a server where a block is cut after `blockTime`. */
async function demo(blockTime: number) {
  const sandbox = createSandbox({ blockTime });
  onTestFinished(() => sandbox.close());
  const { url } = await sandbox.listen();
  const { apiKey, projectId, networkId, appId, assetSchemaId } = sandbox.connection();
  const place = { SPYDRA_BASE_URL: `${url}/v2`, SPYDRA_API_KEY: apiKey, SPYDRA_PROJECT_ID: projectId };
  const more = { SPYDRA_NETWORK_ID: networkId, SPYDRA_APP_ID: appId, SPYDRA_ASSET_SCHEMA_ID: assetSchemaId };
  const { child, printed } = start({ ...process.env, ...place, ...more });
  const accepted = async () => {
    const list = `${url}/v2/projects/${projectId}/networks/${networkId}/transactions`;
    const response = await fetch(list, { headers: { 'X-API-Key': apiKey } });
    return (await response.json()) as { transactions: { transactionId: string }[] };
  };
  return { child, printed, accepted };
}

it('the demo reports on Ctrl-C the write that was unfinished', { timeout: TIMEOUT }, async () => {
  const { child, printed, accepted } = await demo(TIMEOUT);
  const ended = once(child, 'exit');
  const { transactionId } = await vi.waitFor(
    async () => {
      const [first] = (await accepted()).transactions;
      expect(first).toBeDefined();
      return first as { transactionId: string };
    },
    { timeout: TIMEOUT, interval: 50 },
  );
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(printed.text).toContain('✗ Create an asset');
  expect(printed.text).toMatch(/Stopped\. One write was unfinished: .*\./);
  expect(printed.text).not.toContain('sandbox-key');
  expect(transactionId).toMatch(/^[0-9a-f]+$/);
});

describe('the demo on Fabric', () => {
  const run = async (variables: NodeJS.ProcessEnv, ...args: readonly string[]) => {
    const { child, printed } = start({ ...bareEnvironment(), ...variables }, ...args);
    const [code] = await once(child, 'close');
    return { code, text: printed.text };
  };
  const blocksIn = (text: string) => [...text.matchAll(/^ {4}block (\d+)$/gm)].map(([, block]) => Number(block));

  it.skipIf(isMissing('openssl'))('prints the block of each write on a stand-in for a peer', async () => {
    const { code, text } = await run({}, '--ledger', 'fabric');
    expect([code, text]).toEqual([0, expect.stringContaining('stand-in for a peer')]);
    // The first two hold the configuration of the channel and of the contract.
    expect(blocksIn(text)).toEqual([2, 3, 4, 5]);
    expect(text.match(/^ {4}transaction [0-9a-f]{64}$/gm)).toHaveLength(4);
    expect(text).toContain('demo-investor: 1,000 tokens');
  });

  it.skipIf(isMissing('openssl'))('runs on the network that the FABRIC_* variables name', async () => {
    const network = await startStandIn();
    onTestFinished(() => network.close());
    await configure(network);
    const folder = mkdtempSync(join(tmpdir(), 'member-'));
    const { cert, key } = network.members.client;
    const files = { FABRIC_TLS_CERT_PATH: network.tlsCa, FABRIC_CERT_PATH: cert, FABRIC_KEY_PATH: key };
    const paths = Object.entries(files).map(([name, text = '']) => {
      writeFileSync(join(folder, name), text);
      return [name, join(folder, name)];
    });
    const variables = {
      ...Object.fromEntries(paths),
      FABRIC_PEER_ENDPOINT: network.address,
      FABRIC_PEER_HOST_ALIAS: 'localhost',
      FABRIC_MSP_ID: 'Org1MSP',
      FABRIC_CHANNEL_NAME: network.channel,
    };
    const { code, text } = await run(variables, '--ledger', 'fabric');
    expect([code, text]).toEqual([0, expect.stringContaining(`the peer at ${network.address}, channel ch`)]);
    expect(blocksIn(text)).toEqual([2, 3, 4, 5]);
  });

  it('names the variables that are missing', async () => {
    const { code, text } = await run({ FABRIC_PEER_ENDPOINT: 'localhost:7051' }, '--ledger', 'fabric');
    expect([code, text]).toEqual([
      1,
      expect.stringContaining('Set FABRIC_MSP_ID, FABRIC_CERT_PATH, FABRIC_KEY_PATH too'),
    ]);
  });

  it.each([
    [['--ledger', 'fabrik'], 'There is no ledger "fabrik"'],
    // What npm passes on where `--` is forgotten.
    [['fabric'], 'Usage: npm run demo -- [--ledger fabric|platform]'],
  ])('refuses the arguments %j', async (args, message) => {
    const { code, text } = await run({}, ...args);
    expect([code, text]).toEqual([1, expect.stringContaining(message)]);
  });
});

describe("the demo on Spydra's platform", () => {
  const run = async (variables: NodeJS.ProcessEnv, ...args: readonly string[]) => {
    const { child, printed } = start({ ...bareEnvironment(), ...variables }, ...args);
    const [code] = await once(child, 'close');
    return { code, text: printed.text };
  };

  it('runs on the one that SPYDRA_PLATFORM_URL names, and says so', { timeout: TIMEOUT }, async () => {
    const sandbox = createSandbox();
    onTestFinished(() => sandbox.close());
    const { url } = await sandbox.listen();
    const place = { SPYDRA_PLATFORM_URL: url, SPYDRA_APP_ID: 'sandbox-app', SPYDRA_API_KEY: 'sandbox-key' };
    const { code, text } = await run(place);
    expect([code, text]).toEqual([0, expect.stringContaining(`platform at ${url}, since SPYDRA_PLATFORM_URL is set`)]);
    expect(text).toContain('demo-investor: 1,000 tokens');
    expect(sandbox.blocks).toHaveLength(4);
  });

  it('does not guess where the variables may be of the REST API', { timeout: TIMEOUT }, async () => {
    const place = { SPYDRA_PLATFORM_URL: 'http://127.0.0.1:1', SPYDRA_APP_ID: 'a', SPYDRA_API_KEY: 'sandbox-key' };
    const { code, text } = await run({ ...place, SPYDRA_PROJECT_ID: 'p' });
    expect([code, text]).toEqual([1, expect.stringContaining('Unset SPYDRA_PROJECT_ID')]);
  });
});
