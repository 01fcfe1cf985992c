import { RateLimitError } from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { fakeTime } from '../../helpers/time.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const ASSET = { assetId: 'a1', name: 'Flat', totalValue: 1, totalSupply: 1, pricePerToken: 1, status: 'draft' };
/** The first backoff with full jitter here. */
const BACKOFF = 125;

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.5));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** A server that refuses the first request with these headers; and the times of the requests. */
function refusing(headers: Record<string, string>, refusals = 1) {
  const askedAt: number[] = [];
  const fetch: typeof globalThis.fetch = async () => {
    askedAt.push(performance.now());
    return askedAt.length > refusals ? Response.json({ asset: ASSET }) : Response.json({}, { status: 429, headers });
  };
  return { fetch, askedAt };
}

/** Milliseconds that a call waits after a refusal with these headers. */
async function waitAfter(headers: Record<string, string>, deadline = Number.POSITIVE_INFINITY): Promise<number> {
  const pass = fakeTime();
  vi.setSystemTime(NOW);
  const { fetch, askedAt } = refusing(headers);
  const call = testClient({ fetch, deadline }).assets.get('a1');
  await pass(3_700_000);
  await call;
  return (askedAt[1] ?? Number.NaN) - (askedAt[0] ?? 0);
}

describe('Retry-After', () => {
  it.each([
    ['30', 30_000],
    [' 2 ', 2_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 00:00:30 GMT', 30_000],
    ['Thu Jan  1 00:00:30 2026', 30_000],
    // Zero, or in the past: the usual backoff.
    ['0', BACKOFF],
    ['00', BACKOFF],
    ['Wed, 31 Dec 2025 23:59:30 GMT', BACKOFF],
    ['Thu Jan  1 00:00:00 1970', BACKOFF],
    // Invalid by the standard: the usual backoff.
    ['', BACKOFF],
    ['soon', BACKOFF],
    ['-3', BACKOFF],
    ['1.5', BACKOFF],
    ['1e3', BACKOFF],
    ['+5', BACKOFF],
    ['30, 60', BACKOFF],
    ['30s', BACKOFF],
    ['2026-01-01T00:00:30Z', BACKOFF],
    ['Thu, 01 Jan 2026 00:00:30', BACKOFF],
    ['Thu, 01 Jan 2026 00:00:30 EST', BACKOFF],
    ['Thu, 99 Foo 2026 00:00:30 GMT', BACKOFF],
    // Implausibly long: an hour at most.
    [String(NOW / 1000 + 2), 3_600_000],
    ['9'.repeat(23), 3_600_000],
    ['9'.repeat(400), 3_600_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3_600_000],
  ])('%j makes a call without a deadline wait %i ms', async (header, wait) => {
    expect(await waitAfter({ 'Retry-After': header })).toBe(wait);
  });

  it.each(['UTC', 'America/New_York', 'Asia/Tokyo'])('in asctime format is UTC in %s', async (zone) => {
    vi.stubEnv('TZ', zone);
    expect(await waitAfter({ 'Retry-After': 'Thu Jan  1 00:00:30 2026' })).toBe(30_000);
  });

  it.each([
    ['ahead', 'Wed, 31 Dec 2025 23:50:00 GMT', 'Wed, 31 Dec 2025 23:50:20 GMT'],
    ['behind', 'Thu, 01 Jan 2026 01:00:00 GMT', 'Thu, 01 Jan 2026 01:00:20 GMT'],
  ])('as a date counts from the Date of the response if the clock is %s', async (_clock, date, until) => {
    expect(await waitAfter({ 'Retry-After': until, Date: date })).toBe(20_000);
  });

  it('of 0 keeps the usual backoff', async () => {
    const pass = fakeTime();
    const { fetch, askedAt } = refusing({ 'Retry-After': '0' }, 3);
    const call = testClient({ fetch }).assets.get('a1');
    await pass(10_000);
    await call;
    expect(askedAt.slice(1).map((at, i) => at - (askedAt[i] ?? 0))).toEqual([125, 250, 500]);
  });

  it.each([String(NOW / 1000 + 2), '9'.repeat(400), '3600'])(
    'of %s ends a call whose deadline it exceeds, and pauses the client for a minute',
    async (header) => {
      const pass = fakeTime();
      const { fetch, askedAt } = refusing({ 'Retry-After': header });
      const client = testClient({ fetch });
      const first = await rejection(client.assets.get('a1'));
      expect(first).toBeInstanceOf(RateLimitError);
      expect(first).toMatchObject({ retryAfter: 3_600_000 });
      await pass(1_000);
      const paused = await rejection(client.assets.get('a1', { deadline: 30_000 }));
      expect(paused).toMatchObject({ name: 'RateLimitError', retryAfter: 59_000 });
      expect(askedAt).toHaveLength(1);
      await pass(59_000);
      expect(await client.assets.get('a1')).toMatchObject({ assetId: 'a1' });
    },
  );
});
