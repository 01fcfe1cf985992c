import { describe, expect, test } from 'vitest';
import type { SandboxOptions } from '../../../src/sandbox/index.js';
import { APP, start } from './harness.js';

const PAGE = 'http://localhost:5173';
const SENT = 'cache-control, content-type, idempotency-key, traceparent, x-api-key, x-request-id';

/** The headers of the sandbox's responses to a preflight request and to the call of a page. */
async function ask(cors: SandboxOptions['cors'], origin: string | undefined, headers: Record<string, string> = {}) {
  const { sandbox } = start({ cors });
  const url = `http://127.0.0.1:4010/v2${APP}/assets`;
  const from: Record<string, string> = origin === undefined ? {} : { Origin: origin };
  const question = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': SENT };
  const preflight = await sandbox.fetch(url, { method: 'OPTIONS', headers: { ...from, ...question } });
  const call = await sandbox.fetch(url, { headers: { ...from, 'X-API-Key': 'sandbox-key', ...headers } });
  return { preflight, call };
}

describe('cors', () => {
  test.each([
    ['of every origin', '*', '*'],
    ['of an origin that is named', ['https://other.example', PAGE], PAGE],
  ] as const)('a page %s may call', async (_name, cors, allowed) => {
    const { preflight, call } = await ask(cors, PAGE);
    expect([preflight.status, await preflight.text(), call.status]).toEqual([204, '', 200]);
    for (const { headers } of [preflight, call]) {
      expect(headers.get('access-control-allow-origin')).toBe(allowed);
      expect(headers.get('vary')).toContain('Origin');
    }
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT');
    expect(preflight.headers.get('access-control-allow-headers')).toBe(SENT);
    expect(call.headers.get('access-control-expose-headers')).toBe('Retry-After, X-Request-Id');
  });

  test('allows pages to read refusals', async () => {
    const { call } = await ask('*', PAGE, { 'X-API-Key': 'wrong-key' });
    expect([call.status, call.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
  });

  test.each([
    ['without the option', undefined, PAGE],
    ['of another origin', ['https://other.example'], PAGE],
    ['of an origin that begins as one that is named', [PAGE], `${PAGE}.example`],
    ['that is no page', '*', undefined],
  ] as const)('nothing is said to a caller %s', async (_name, cors, origin) => {
    const { preflight, call } = await ask(cors, origin);
    expect([preflight.status, call.status]).toEqual([401, 200]);
    for (const { headers } of [preflight, call]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});
