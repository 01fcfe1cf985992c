import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isRedisHere, redisCluster, redisServer } from '../../../test/helpers/redis.js';
import { sandboxed } from '../../../test/helpers/sandbox.js';
import { serve, urlOf } from './helpers/served.js';

const AUTH_API_KEY = 'admin-key-that-nobody-may-see';

/** The server on the sandbox that listens there; resolves with where its routes are. */
function serveOn(sandboxUrl: string, environment: Record<string, string>): Promise<string> {
  const place = {
    SPYDRA_BASE_URL: `${sandboxUrl}/v2`,
    SPYDRA_PROJECT_ID: 'sandbox-project',
    SPYDRA_NETWORK_ID: 'sandbox-network',
    SPYDRA_APP_ID: 'sandbox-app',
    SPYDRA_ASSET_SCHEMA_ID: 'sandbox-schema',
  };
  return urlOf(serve({ PORT: '0', AUTH_API_KEY, ...place, ...environment }));
}

async function status(url: string): Promise<number> {
  return (await fetch(url)).status;
}

describe('the client of the server', () => {
  it('reads a new Spydra key from its file without a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'spydra-key-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const SPYDRA_API_KEY_FILE = join(directory, 'key');
    await writeFile(SPYDRA_API_KEY_FILE, 'first-key-of-spydra\n');
    const first = createSandbox({ apiKey: 'first-key-of-spydra' });
    const { url: sandboxUrl, port } = await first.listen();
    const url = await serveOn(sandboxUrl, { SPYDRA_API_KEY_FILE });
    expect(await status(`${url}/health`)).toBe(200);

    await first.close();
    const { sandbox: second } = sandboxed({ apiKey: 'second-key-of-spydra' });
    await second.listen({ port });
    expect(await status(`${url}/health`)).toBe(503);
    await writeFile(SPYDRA_API_KEY_FILE, 'second-key-of-spydra\n');
    expect(await status(`${url}/health`)).toBe(200);
  });

  it("is that of Spydra's platform where SPYDRA_PLATFORM_URL is set", async () => {
    const { sandbox } = sandboxed();
    const { url: platform } = await sandbox.listen();
    const place = { SPYDRA_PLATFORM_URL: platform, SPYDRA_APP_ID: 'sandbox-app', SPYDRA_API_KEY: 'sandbox-key' };
    const url = await urlOf(serve({ PORT: '0', AUTH_API_KEY, ...place }));
    const { assets } = await sandbox.seed();
    const response = await fetch(`${url}/assets/${assets[0]?.assetId}`);
    expect([response.status, await response.json()]).toMatchObject([200, { success: true }]);
  });

  describe.skipIf(!isRedisHere())('with Redis', () => {
    const SERVERS = [
      ['one server', async () => (await redisServer()).url],
      ['a cluster', async () => (await redisCluster()).ports.map((port) => `redis://127.0.0.1:${port}`).join(',')],
    ] as const;

    it.each(SERVERS)('invalidates what another instance has changed: %s', async (_, start) => {
      const REDIS_URL = await start();
      const { sandbox } = sandboxed({ blockTime: 0 });
      const assetId = (await sandbox.seed()).assets.find(({ status }) => status === 'published')?.assetId ?? '';
      const upstream = await countingProxy((await sandbox.listen()).url);
      const environment = { REDIS_URL, SPYDRA_API_KEY: 'sandbox-key' };
      const [one, other] = await Promise.all([serveOn(upstream.url, environment), serveOn(upstream.url, environment)]);
      const name = async (url: string) => {
        const { data } = (await (await fetch(`${url}/assets/${assetId}`)).json()) as { data: { name: string } };
        return data.name;
      };
      const asksFor = async (url: string) => {
        const before = upstream.asked();
        await name(url);
        return upstream.asked() - before;
      };

      // Kept for 5 minutes.
      await expect.poll(() => asksFor(other)).toBe(0);
      const update = await fetch(`${one}/assets/${assetId}`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json', 'X-API-Key': AUTH_API_KEY },
        body: JSON.stringify({ updates: { name: 'Another name' }, updaterWallet: 'treasury' }),
      });
      expect(update.status).toBe(200);
      await expect.poll(() => name(other)).toBe('Another name');
      await expect.poll(() => asksFor(one)).toBe(0);
    });
  });
});

/** Passes everything on, and counts it. */
async function countingProxy(target: string) {
  let asked = 0;
  const server = createServer((incoming, outgoing) => {
    asked++;
    const { method, url = '', headers } = incoming;
    const passed = request(target + url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed.on('error', () => outgoing.destroy()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}
