import { describe, expect, it } from 'vitest';
import { watched } from '../../helpers/watched.js';

describe('a probe', () => {
  const probe = async (origin: string, path: string) => {
    const response = await fetch(origin + path);
    return [response.status, await response.json(), response.headers.get('Cache-Control')];
  };

  it('finds a server alive and ready, and one that drains alive and not ready', async () => {
    const { origin, call, readiness } = await watched();
    expect(await probe(origin, '/livez')).toEqual([200, { live: true }, 'no-store']);
    expect(await probe(origin, '/readyz')).toEqual([200, { ready: true }, 'no-store']);
    readiness.drain();
    expect(await probe(origin, '/livez')).toEqual([200, { live: true }, 'no-store']);
    expect(await probe(origin, '/readyz')).toEqual([503, { ready: false }, 'no-store']);
    // Whoever is still sent here is served.
    expect((await call('GET /assets')).status).toBe(200);
  });

  it('does not ask Spydra, which is for /health to tell', async () => {
    const { origin, call, fail } = await watched({}, { retries: 0 });
    fail(() => Object.assign(new Error('no'), { syscall: 'connect' }));
    expect((await call('GET /health')).status).toBe(503);
    expect(await probe(origin, '/readyz')).toEqual([200, { ready: true }, 'no-store']);
    expect(await probe(origin, '/livez')).toEqual([200, { live: true }, 'no-store']);
  });

  it('leaves no line in the log', async () => {
    const { origin, log } = await watched();
    for (const path of ['/livez', '/readyz', '/metrics']) await fetch(origin + path);
    expect(log()).toBe('');
  });
});
