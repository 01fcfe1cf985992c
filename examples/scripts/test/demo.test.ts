import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createSandbox } from 'spydra-sdk/sandbox';
import { expect, it, onTestFinished, vi } from 'vitest';

const ROOT = new URL('../../..', import.meta.url).pathname;

/** Far more than a start of tsx takes. */
const TIMEOUT = 60_000;

/** The demo, on a server where a block is cut after `blockTime`. */
async function demo(blockTime: number) {
  const sandbox = createSandbox({ blockTime });
  onTestFinished(() => sandbox.close());
  const { url } = await sandbox.listen();
  const { apiKey, projectId, networkId, appId, assetSchemaId } = sandbox.connection();
  const place = { SPYDRA_BASE_URL: `${url}/v2`, SPYDRA_API_KEY: apiKey, SPYDRA_PROJECT_ID: projectId };
  const more = { SPYDRA_NETWORK_ID: networkId, SPYDRA_APP_ID: appId, SPYDRA_ASSET_SCHEMA_ID: assetSchemaId };
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/scripts/quickstart.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...place, ...more },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed.text += chunk));
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
