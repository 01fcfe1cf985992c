import { describe, expect, it } from 'vitest';
import { backendBefore, refusingWrites, WRITES } from '../helpers/backend.js';

const APP = 'https://app.example';
const CORS = { CORS_ORIGINS: `${APP} http://localhost:3000` };
const READ = 'GET /wallets/w1/transactions';

describe('a web page', () => {
  it.each([APP, 'http://localhost:3000'])('of %s may read responses', async (origin) => {
    const { call } = await backendBefore(refusingWrites, CORS);
    const { headers } = await call(READ, { headers: { Origin: origin } });
    expect(headers.get('Access-Control-Allow-Origin')).toBe(origin);
    expect(headers.get('Vary')).toContain('Origin');
    const readable = headers.get('Access-Control-Expose-Headers')?.split(',');
    expect(readable).toEqual(['RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id']);
    expect(headers.has('Access-Control-Allow-Credentials')).toBe(false);
  });

  it.each([
    'https://app.example.evil.example',
    'https://evil-app.example',
    'http://app.example',
    'https://app.example:8443',
    'https://APP.example',
    'null',
    '*',
  ])('of %s may not read responses', async (origin) => {
    const { call } = await backendBefore(refusingWrites, CORS);
    const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
    for (const route of [READ, 'OPTIONS /tokens/mint']) {
      expect((await call(route, { headers })).headers.has('Access-Control-Allow-Origin')).toBe(false);
    }
  });

  it('may not read responses if no origin is allowed', async () => {
    const { call } = await backendBefore(refusingWrites);
    const { headers } = await call(READ, { headers: { Origin: APP } });
    expect(headers.has('Access-Control-Allow-Origin')).toBe(false);
  });

  it('gets the allowed headers in a preflight response, which the rate limit does not count', async () => {
    const { call } = await backendBefore(refusingWrites, { ...CORS, RATE_LIMIT_PER_ADDRESS: '1' });
    const headers = {
      Origin: APP,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-api-key',
    };
    for (let i = 0; i < 3; i++) {
      const answer = await call('OPTIONS /tokens/mint', { headers });
      expect(answer.status).toBe(204);
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(APP);
      expect(answer.headers.get('Access-Control-Allow-Methods')).toBe('GET,HEAD,POST,PUT');
      expect(answer.headers.get('Access-Control-Allow-Headers')?.split(',').sort()).toEqual([
        'Authorization',
        'Content-Type',
        'Idempotency-Key',
        'Last-Event-ID',
        'X-API-Key',
        'X-Request-Id',
      ]);
    }
    expect((await call(READ, { headers: { Origin: APP } })).status).toBe(200);
  });

  it('can read the refusal by the rate limit and its Retry-After', async () => {
    const { call } = await backendBefore(refusingWrites, { ...CORS, RATE_LIMIT_PER_ADDRESS: '1' });
    const headers = { Origin: APP };
    expect((await call('POST /tokens/mint', { headers, body: WRITES['POST /tokens/mint'] ?? {} })).status).toBe(401);
    const answer = await call(READ, { headers });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(APP);
    expect(answer.headers.has('Retry-After')).toBe(true);
  });
});
