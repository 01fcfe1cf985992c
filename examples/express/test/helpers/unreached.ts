import { expect, vi } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { adapterOf } from './adapter.js';
import type { Answer } from './listening.js';

export const ASSET = { name: 'n', symbol: 's', description: 'd', assetType: 't', totalValue: 1, totalSupply: 1 };
export const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5 };

/** The adapter before a Spydra that nothing of all this must reach. */
export async function unreachedAdapter() {
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.reject(new Error('must not be called')));
  return { fetch, ...(await adapterOf(testClient({ fetch, retries: 0 }))) };
}

/** The names of the fields that an answer refuses, in order. */
export function refused({ status, body, headers }: Answer): string[] {
  expect(status).toBe(400);
  const { details, ...envelope } = body as { details: { field: string; message: string }[] };
  expect(envelope).toEqual({
    success: false,
    error: expect.stringMatching(/^[A-Z].*\.$/s),
    code: 'INVALID_INPUT',
    requestId: headers.get('X-Request-Id'),
  });
  for (const { message } of details) expect(message).toMatch(/^(must|is) /);
  return details.map(({ field }) => field).sort();
}
