import { ledgerConformance } from 'spydra-sdk/ledger-conformance';
import { createSandbox } from 'spydra-sdk/sandbox';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { testClient } from '../helpers/client.js';

const KINDS = ['header', 'filter', 'none'] as const;

describe.each(KINDS)('REST v2 on a server of the kind %j', (idempotency) => {
  const sandbox = createSandbox({ idempotency });
  afterAll(() => sandbox.close());

  const open = () => testClient(sandbox.connection());
  const openLosing = () => {
    let isLost = false;
    const fetch: typeof globalThis.fetch = async (url, init) => {
      const response = await sandbox.fetch(url, init);
      if (isLost || init?.method === 'GET') return response;
      isLost = true;
      throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
    };
    return testClient({ ...sandbox.connection(), fetch });
  };

  for (const { name, run } of ledgerConformance({ open, openLosing })) it(name, run);
});

/** What a broken ledger makes of a request. */
const BROKEN: Readonly<Record<string, (init: RequestInit) => RequestInit>> = {
  'forgets the keys of writes': (init) => {
    const headers = new Headers(init.headers);
    const key = headers.get('Idempotency-Key') ?? '';
    const other = crypto.randomUUID();
    headers.set('Idempotency-Key', other);
    return { ...init, headers, body: String(init.body).replaceAll(key, other) };
  },
  'rounds amounts': (init) => ({
    ...init,
    body: String(init.body).replaceAll(/\d{20,}/g, (digits) => String(BigInt(Number(digits)))),
  }),
  'pays another wallet': (init) => ({ ...init, body: String(init.body).replaceAll('alice', 'mallory') }),
};

describe('a ledger that', () => {
  it.each(Object.entries(BROKEN))('%s fails the suite', async (_name, change) => {
    const sandbox = createSandbox();
    onTestFinished(() => sandbox.close());
    const fetch: typeof globalThis.fetch = (url, init = {}) =>
      sandbox.fetch(url, init.method === 'GET' ? init : change(init));
    const cases = ledgerConformance({ open: () => testClient({ ...sandbox.connection(), fetch }) });
    const results = await Promise.allSettled(cases.map(({ run }) => run()));
    expect(results.filter((each) => each.status === 'rejected').length).toBeGreaterThan(0);
  });
});
