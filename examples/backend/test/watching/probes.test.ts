import { describe, expect, it } from 'vitest';
import { watched } from '../helpers/watched.js';

describe('a probe', () => {
  const probe = async (origin: string, path: string) => {
    const response = await fetch(origin + path);
    return [response.status, await response.json(), response.headers.get('Cache-Control')];
  };

  it('reports a server as live and ready, and a draining one as live and not ready', async () => {
    const { origin, call, readiness } = await watched();
    expect(await probe(origin, '/livez')).toEqual([200, { live: true }, 'no-store']);
    expect(await probe(origin, '/readyz')).toEqual([200, { ready: true }, 'no-store']);
    readiness.drain();
    expect(await probe(origin, '/livez')).toEqual([200, { live: true }, 'no-store']);
    expect(await probe(origin, '/readyz')).toEqual([503, { ready: false }, 'no-store']);
    // Requests that still arrive are served.
    expect((await call('GET /assets')).status).toBe(200);
  });

  it('sends no request to Spydra, unlike /health', async () => {
    const { origin, call, fail } = await watched({}, { retries: 0 });
    fail(() => Object.assign(new Error('no'), { syscall: 'connect' }));
    expect((await call('GET /health')).status).toBe(503);
    expect(await probe(origin, '/readyz')).toEqual([200, { ready: true }, 'no-store']);
    expect(await probe(origin, '/livez')).toEqual([200, { live: true }, 'no-store']);
  });

  it('is not logged', async () => {
    const { origin, log } = await watched();
    for (const path of ['/livez', '/readyz', '/metrics']) await fetch(origin + path);
    expect(log()).toBe('');
  });
});
