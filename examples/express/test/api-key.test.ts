import { describe, expect, it } from 'vitest';
import { requireApiKey } from '../index.js';
import { ADMIN_KEY } from './helpers/listening.js';
import { MINT, unreachedAdapter } from './helpers/unreached.js';

describe('the admin key', () => {
  const ROUTES = [
    'POST /assets',
    'PUT /assets/a1',
    'POST /assets/a1/publish',
    'POST /assets/a1/metadata',
    'POST /tokens/mint',
    'POST /tokens/burn',
    'POST /tokens/transfer',
    'POST /tokens/purchase',
  ];
  const KEYS = {
    missing: undefined,
    empty: '',
    wrong: 'another-key',
    truncated: ADMIN_KEY.slice(0, -1),
    'too long': `${ADMIN_KEY}x`,
    'in capitals': ADMIN_KEY.toUpperCase(),
    'given twice': `${ADMIN_KEY}, ${ADMIN_KEY}`,
  };

  it.each(Object.entries(KEYS))('that is %s is refused on every route', async (_name, key) => {
    const { call, as, fetch } = await unreachedAdapter();
    for (const route of ROUTES) {
      const answer = await (key === undefined ? call(route, { body: MINT }) : as(key, route, { body: MINT }));
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        success: false,
        error: 'Send the admin key as X-API-Key.',
        code: 'UNAUTHORIZED',
        requestId: answer.headers.get('X-Request-Id'),
      });
    }
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is checked before the body is read', async () => {
    const { call } = await unreachedAdapter();
    expect((await call('POST /tokens/mint', { body: '{' })).status).toBe(401);
  });

  it('must not be empty', () => {
    expect(() => requireApiKey('')).toThrow('AUTH_API_KEY');
  });
});
