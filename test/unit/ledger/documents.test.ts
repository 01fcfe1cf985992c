import type { SpydraClientOptions } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { endOf, testClient } from '../../helpers/client.js';
import type { Body } from '../../helpers/scripted-ledger.js';
import { fakeTime, leaping } from '../../helpers/time.js';

const UNKNOWN = { code: 'OUTCOME_UNKNOWN', outcome: 'unknown', retryable: false };
const NAMED = () => Response.json({ metadataId: 'd9' });
const found = (metadata: unknown) => Response.json({ metadata });

interface Script {
  /** The response to the document. */
  readonly post?: () => Response;
  /** The response to its id, with the document that was sent. */
  readonly read: (sent: unknown, n: number) => Response | Promise<Response>;
}

/** A client of a server that accepts documents. */
function documents({ post = NAMED, read }: Script, options: SpydraClientOptions = {}) {
  let sent: Body = {};
  let reads = 0;
  const fetch: typeof globalThis.fetch = async (_url, init) => {
    if (init?.method === 'GET') return read(sent.metadata, ++reads);
    sent = JSON.parse(String(init?.body));
    return post();
  };
  return testClient({ fetch, ...options }).assets;
}

describe('a document', () => {
  it.each([
    [409, { code: 'IN_PROGRESS' }],
    [409, {}],
    [423, {}],
    [400, { message: 'idempotency key in use' }],
  ])('that may be stored in spite of a refusal has an unknown outcome: %d %j', async (status, body) => {
    const assets = documents({ post: () => Response.json(body, { status }), read: found });
    expect(await endOf(assets.addMetadata('a1', { deed: 1 }))).toMatchObject(UNKNOWN);
  });

  it.each<[string, Body, Body, object]>([
    ['without a key, where no field was sent to compare, is pending', {}, { of: 'another' }, { status: 'pending' }],
    ['without a key and with other fields is pending', { deed: 1 }, { deed: 2 }, { status: 'pending' }],
    ['with equal fields and another key is unknown', { deed: 1 }, { deed: 1, idempotencyKey: 'theirs' }, UNKNOWN],
    ['without a key and with all fields is committed', { deed: 1 }, { deed: 1, at: 'noon' }, { status: 'committed' }],
  ])('a document that is read back %s', async (_name, sent, kept, end) => {
    const assets = documents({ read: () => found(kept) });
    expect(await endOf(assets.addMetadata('a1', sent))).toMatchObject(end);
  });

  it('is pending after five seconds and uncertaintyWindow if reads hang', async () => {
    fakeTime();
    const assets = documents({ read: () => new Promise(() => {}) }, { uncertaintyWindow: 100, timeout: 10_000 });
    const start = performance.now();
    expect(await leaping(assets.addMetadata('a1', { deed: 1 }))).toMatchObject({ status: 'pending' });
    expect(performance.now() - start).toBeLessThan(6_000);
  });

  it('logs no errors while it cannot be read yet', async () => {
    const logger = { debug() {}, info() {}, warn() {}, error: vi.fn() };
    const read: Script['read'] = (sent, n) => (n > 2 ? found(sent) : Response.json({}, { status: 404 }));
    const assets = documents({ read }, { logger, uncertaintyWindow: 60_000 });
    expect(await assets.addMetadata('a1', { deed: 1 })).toMatchObject({ status: 'committed' });
    expect(logger.error).not.toHaveBeenCalled();
  });
});
