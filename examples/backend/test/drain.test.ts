import { once } from 'node:events';
import { connect } from 'node:net';
import { manualClock } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sandboxed } from '../../../test/helpers/sandbox.js';
import { openStream } from './helpers/event-stream.js';
import { exitCode, serve, urlOf } from './helpers/served.js';

const AUTH_API_KEY = 'admin-key-that-nobody-may-see';

/** The server on a sandbox whose blocks the test cuts, and a write that waits for its commit. */
async function servedAmidWrite() {
  const clock = manualClock();
  const { sandbox, spydra } = sandboxed({ blockTime: 2_000, clock });
  const draft = (await sandbox.seed()).assets.find(({ status }) => status === 'draft');
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
  // Handled now, so that a rejection before the assertion is not unhandled.
  minting.catch(() => {});
  await expect.poll(written).toBe(before + 1);
  return {
    served,
    url,
    minting,
    sandboxWrites: written,
    block: () => clock.advance(2_000),
    draft: draft?.assetId ?? '',
  };
}

/** Whether it refuses connections. */
async function isRefusing(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/assets`).catch((error: Error) => error);
  return answer instanceof Error && String((answer.cause as { code?: unknown }).code) === 'ECONNREFUSED';
}

describe('on SIGTERM', () => {
  it('refuses new connections, finishes open requests, and exits with 0', async () => {
    const { served, url, minting, block } = await servedAmidWrite();
    served.child.kill('SIGTERM');
    await expect.poll(() => isRefusing(url)).toBe(true);
    expect(served.child.exitCode).toBe(null);

    block();
    const answer = await minting;
    expect(answer.headers.get('Connection')).toBe('close');
    expect(await answer.json()).toMatchObject({ success: true, data: { amount: 1 } });
    expect(await exitCode(served.child)).toBe(0);
    expect(served.output.err).toBe('');
  });

  it('ends streams of events, whose clients connect to another instance', async () => {
    const served = serve({ PORT: '0', AUTH_API_KEY });
    const stream = await openStream(`${await urlOf(served)}/events`, { 'X-API-Key': AUTH_API_KEY });
    await expect.poll(stream.lastEventId).not.toBe('');
    served.child.kill('SIGTERM');
    expect(await stream.ended).toBeUndefined();
    expect(await exitCode(served.child)).toBe(0);
    expect(served.output.err).toBe('');
  });

  it('responds within 10 s with an unknown outcome to a write that has not finished', async () => {
    const { served, minting } = await servedAmidWrite();
    const ended = exitCode(served.child);
    served.child.kill('SIGTERM');
    // Longer than 10 s, for a slow machine, and less than a request may take.
    const tooLate = setTimeout(() => served.child.kill('SIGKILL'), 60_000);
    onTestFinished(() => clearTimeout(tooLate));

    const answer = await minting;
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      details: { idempotencyKey: 'order-1', stage: 'commit', transactionId: expect.any(String) },
    });
    expect(await ended).toBe(0);
  });

  it('closes idle connections', async () => {
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

  it.each(['SIGTERM', 'SIGINT'] as const)('exits at once on a second signal, %s', async (second) => {
    const { served, url, minting } = await servedAmidWrite();
    served.child.kill('SIGTERM');
    await expect.poll(() => isRefusing(url)).toBe(true);
    served.child.kill(second);
    expect(await exitCode(served.child)).toBe(1);
    await expect(minting).rejects.toThrow();
  });
});

describe('a request on a connection that the server is about to close', () => {
  const body = (assetId: string) => JSON.stringify({ assetId, recipientWallet: 'treasury', amount: 1 });
  const mint = (assetId: string) =>
    [
      'POST /api/spydra/tokens/mint HTTP/1.1',
      'Host: backend',
      `X-API-Key: ${AUTH_API_KEY}`,
      'Content-Type: application/json',
      `Content-Length: ${body(assetId).length}`,
      '',
      body(assetId),
    ].join('\r\n');
  const answers = (text: string) => text.match(/HTTP\/1\.1 \d+/g) ?? [];

  it('after SIGTERM either gets a response or is not applied', async () => {
    const { served, url, minting, sandboxWrites, block, draft } = await servedAmidWrite();
    // So that no conflict between both adds a transaction.
    block();
    await minting;
    const before = await sandboxWrites();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk)).on('error', () => {});
    socket.write(mint(draft));
    await expect.poll(sandboxWrites).toBe(before + 1);
    // One that the server has read before the signal, and one that comes after it.
    socket.write(mint(draft));
    served.child.kill('SIGTERM');
    await expect.poll(() => isRefusing(url)).toBe(true);
    socket.write(mint(draft));
    block();

    expect(await exitCode(served.child)).toBe(0);
    expect(answers(text)).toEqual(['HTTP/1.1 201']);
    expect(await sandboxWrites()).toBe(before + 1);
  });

  it.each([1, 2, 3])('after SIGTERM is finished if it is a write behind %d pipelined reads', async (reads) => {
    const { served, url, minting, sandboxWrites, block, draft } = await servedAmidWrite();
    block();
    await minting;
    const before = await sandboxWrites();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk)).on('error', () => {});
    socket.write('GET /livez HTTP/1.1\r\nHost: backend\r\n\r\n'.repeat(reads) + mint(draft));
    await expect.poll(sandboxWrites).toBe(before + 1);
    served.child.kill('SIGTERM');
    await expect.poll(() => isRefusing(url)).toBe(true);
    block();

    expect(await exitCode(served.child)).toBe(0);
    expect(answers(text)).toEqual([...Array(reads).fill('HTTP/1.1 200'), 'HTTP/1.1 201']);
    expect(served.output.err).toBe('');
  });
});
