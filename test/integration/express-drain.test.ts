import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sandboxed } from '../helpers/sandbox.js';
import { exitCode, serve, urlOf } from '../helpers/served.js';

const AUTH_API_KEY = 'admin-key-that-nobody-may-see';
/** Longer than any test waits. */
const NEVER = 1_000_000;

/** The server on a sandbox whose blocks take so many milliseconds, and a write that is on its way. */
async function servedAmidWrite(blockTime: number) {
  const { sandbox, spydra } = sandboxed({ blockTime });
  const draft = sandbox.seed().assets.find(({ status }) => status === 'draft');
  const { url: sandboxUrl } = await sandbox.listen();
  const served = serve({
    PORT: '0',
    AUTH_API_KEY,
    SPYDRA_API_KEY: 'sandbox-key',
    SPYDRA_BASE_URL: `${sandboxUrl}/v2`,
    SPYDRA_PROJECT_ID: 'sandbox-project',
    SPYDRA_NETWORK_ID: 'sandbox-network',
    SPYDRA_APP_ID: 'sandbox-app',
    SPYDRA_ASSET_SCHEMA_ID: 'sandbox-schema',
  });
  const url = await urlOf(served);
  const written = async () => (await spydra.transactions.list({ limit: 1 })).total;
  const before = await written();
  const minting = fetch(`${url}/tokens/mint`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-API-Key': AUTH_API_KEY, 'Idempotency-Key': 'order-1' },
    body: JSON.stringify({ assetId: draft?.assetId, recipientWallet: 'treasury', amount: 1 }),
  });
  // Whoever looks at it later is not too late to catch it.
  minting.catch(() => {});
  await expect.poll(written).toBe(before + 1);
  return { served, url, minting };
}

/** Whether it refuses connections. */
async function isRefusing(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/assets`).catch((error: Error) => error);
  return answer instanceof Error && String((answer.cause as { code?: unknown }).code) === 'ECONNREFUSED';
}

describe('on SIGTERM', { timeout: 60_000 }, () => {
  it('takes no new requests, finishes those in flight, and ends with 0', async () => {
    const { served, url, minting } = await servedAmidWrite(3_000);
    served.child.kill('SIGTERM');
    await expect.poll(() => isRefusing(url)).toBe(true);
    expect(served.child.exitCode).toBe(null);

    const answer = await minting;
    expect(answer.headers.get('Connection')).toBe('close');
    expect(await answer.json()).toMatchObject({ success: true, data: { amount: 1 } });
    expect(await exitCode(served.child)).toBe(0);
    expect(served.output.err).toBe('');
  });

  it('answers within 10 s that nobody knows the outcome of a write that is still on its way', async () => {
    const { served, minting } = await servedAmidWrite(NEVER);
    const ended = exitCode(served.child);
    served.child.kill('SIGTERM');
    const tooLate = setTimeout(() => served.child.kill('SIGKILL'), 11_000);
    onTestFinished(() => clearTimeout(tooLate));

    const answer = await minting;
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      details: { idempotencyKey: 'order-1', stage: 'commit', transactionId: expect.any(String) },
    });
    expect(await ended).toBe(0);
  });

  it('closes a connection that is kept open for nothing', async () => {
    const served = serve({ PORT: '0' });
    const { port } = new URL(await urlOf(served));
    const socket = connect(Number(port), '127.0.0.1').resume();
    socket.write('GET /api/spydra/health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    const closed = once(socket, 'close');
    served.child.kill('SIGTERM');
    await closed;
    expect(await exitCode(served.child)).toBe(0);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends at once at a second signal, %s', async (second) => {
    const { served, url, minting } = await servedAmidWrite(NEVER);
    served.child.kill('SIGTERM');
    await expect.poll(() => isRefusing(url)).toBe(true);
    served.child.kill(second);
    expect(await exitCode(served.child)).toBe(1);
    await expect(minting).rejects.toThrow();
  });
});
