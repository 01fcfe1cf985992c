import type { Logger } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { testClient } from '../../helpers/client.js';

function recordingLogger() {
  const lines: { level: string; message: string; fields: string }[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: JSON.stringify(fields) });
  const logger: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return { logger, lines };
}

const answering = (status: number) => async () => Response.json({}, { status });

describe('a failed request', () => {
  it.each([
    ...[400, 404, 405, 409, 410, 413, 418, 422].map((status) => [status, 'debug'] as const),
    ...[302, 401, 403, 408, 499, 500, 501, 502, 503, 522].map((status) => [status, 'error'] as const),
    [429, 'warn'] as const,
  ])('with status %i is logged at level %s', async (status, level) => {
    const { logger, lines } = recordingLogger();
    const client = testClient({ logger, retries: 0, fetch: answering(status) });
    await client.assets.get('a1').catch(() => {});
    const failed = lines.filter(({ message }) => message === 'spydra: failed');
    expect(failed.map((line) => line.level)).toEqual([level]);
  });

  it('without a response is logged at level error', async () => {
    const { logger, lines } = recordingLogger();
    const fetch = vi.fn<typeof globalThis.fetch>().mockRejectedValue(new TypeError('fetch failed'));
    await testClient({ logger, retries: 0, fetch })
      .assets.get('a1')
      .catch(() => {});
    expect(lines.find(({ message }) => message === 'spydra: failed')?.level).toBe('error');
  });
});

it.each([200, 404, 503])('no log line contains an id of a request with status %i', async (status) => {
  const { logger, lines } = recordingLogger();
  const client = testClient({ logger, retries: 1, fetch: answering(status), projectId: 'our-project' });
  await client.wallets.balance('wallet-of-alice').catch(() => {});
  await client.assets.get('asset-of-alice').catch(() => {});
  await client.wallets.transactions('wallet-of-alice', { assetId: 'asset-of-alice' }).then(
    () => {},
    () => {},
  );
  expect(lines.length).toBeGreaterThan(2);
  const text = lines.map(({ fields }) => fields).join('\n');
  expect(text).toContain('GET …/assets/:id');
  expect(text).not.toMatch(/of-alice|our-project|http/);
});
