import { ConfigurationError, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { testClient } from '../../helpers/client.js';
import { upstream } from '../../helpers/upstream.js';

/** Reads one asset at the same time, each time with other headers. */
function readAll(spydra: SpydraClient, headersOf: (n: number) => Record<string, string>) {
  return Promise.all(Array.from({ length: 40 }, (_, n) => spydra.assets.get('a1', { headers: headersOf(n) })));
}

describe('concurrent reads of one key make one request', () => {
  it.each(['X-Request-Id', 'x-request-id', 'traceparent', 'TraceState'])('if they differ in %s', async (name) => {
    const { spydra, asked } = upstream();
    await readAll(spydra, (n) => ({ 'X-Tenant': 'one', [name]: `value-${n}` }));
    expect(asked).toHaveLength(1);
  });

  it('if they differ in several tracing headers, or some have none', async () => {
    const { spydra, asked } = upstream();
    await readAll(spydra, (n) => (n % 2 === 0 ? {} : { traceparent: `00-${n}`, 'X-Request-Id': `id-${n}` }));
    expect(asked).toHaveLength(1);
  });

  it('if they spell or order headers differently', async () => {
    const { spydra, asked } = upstream();
    await readAll(spydra, (n) =>
      n % 2 === 0 ? { 'X-Tenant': 'one', 'X-Role': 'r' } : { 'x-role': 'r', 'x-tenant': 'one' },
    );
    expect(asked).toHaveLength(1);
  });

  it('with the tracing headers of the read that began it', async () => {
    const { spydra, answer } = upstream();
    const ids: (string | null)[] = [];
    answer((_url, init) => {
      ids.push(new Headers(init?.headers).get('X-Request-Id'));
      return undefined;
    });
    await readAll(spydra, (n) => ({ 'X-Request-Id': `id-${n}` }));
    expect(ids).toEqual(['id-0']);
  });

  it('if they differ in a header that the option tracingHeaders names', async () => {
    const { spydra, asked } = upstream({ cache: { tracingHeaders: ['X-Correlation'] } });
    await readAll(spydra, (n) => ({ 'x-correlation': `id-${n}` }));
    expect(asked).toHaveLength(1);
    await spydra.cache.invalidate({ assetId: 'a1' });
    await readAll(spydra, (n) => ({ 'X-Request-Id': `id-${n}` }));
    expect(asked).toHaveLength(41);
  });
});

it('reads that differ in any other header each make their own request', async () => {
  const { spydra, asked } = upstream();
  await readAll(spydra, (n) => ({ baggage: `tenant=${n}` }));
  expect(asked).toHaveLength(40);
});

it.each([[['no header name']], [[7]], ['X-Request-Id']])(
  'a list of tracing headers such as %j is refused by name',
  (names) => {
    const cache = { tracingHeaders: names as string[] };
    expect(() => testClient({ cache })).toThrow(ConfigurationError);
    expect(() => testClient({ cache })).toThrow('tracingHeaders');
  },
);
