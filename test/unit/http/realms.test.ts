import { runInNewContext } from 'node:vm';
import type { ConnectionError } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { sandboxed } from '../../helpers/sandbox.js';

/** A value of another realm, as tests get them in Jest. */
const foreign = (source: string) => runInNewContext(source);

/** The error of a read whose fetch throws this. */
const failingWith = (error: unknown) =>
  rejection(testClient({ fetch: () => Promise.reject(error), retries: 0 }).assets.get('a')) as Promise<ConnectionError>;

describe('values of another realm', () => {
  it.each([
    '({ invoice: 1, deep: [{ paid: true }] })',
    'Object.assign(Object.create(null), { invoice: 1 })',
    '({ at: new Date(0), big: 10n ** 30n })',
  ])('are accepted as metadata: %s', async (source) => {
    const { sandbox, spydra } = sandboxed();
    const { assets, treasury } = await sandbox.seed();
    const order = { assetId: assets[0]?.assetId ?? '', fromWallet: treasury, toWallet: 'w', amount: 1n };
    const { transactionId } = await spydra.tokens.transfer({ ...order, metadata: foreign(source) });
    const own = await spydra.tokens.transfer({ ...order, metadata: { ...foreign(source) } });
    const [there, here] = await Promise.all([
      spydra.transactions.get(transactionId),
      spydra.transactions.get(own.transactionId),
    ]);
    const {
      idempotencyKey: _,
      idempotencyFingerprint: _f,
      idempotencyCall: _c,
      transferredAt: _t,
      ...said
    } = here.metadata ?? {};
    expect(there.metadata).toMatchObject(said);
    expect(Object.keys(said).length).toBeGreaterThan(0);
  });

  it.each([
    'new (class Deed {})()',
    'new Map()',
    '/x/',
    '(() => {})',
    '[1]',
    'new Date(NaN)',
    '({ at: new Date(NaN) })',
  ])('are refused like those of this realm: %s', async (source) => {
    const { spydra } = sandboxed();
    const error = await rejection(
      spydra.tokens.mint({ assetId: 'a', recipientWallet: 'w', amount: 1n, metadata: foreign(source) }),
    );
    expect(error).toMatchObject({ problems: [{ field: 'metadata', message: 'must be an object of JSON values' }] });
  });

  it('are accepted as dates', async () => {
    const { spydra } = sandboxed();
    const since = foreign('new Date(2000, 1, 1)');
    expect(await spydra.transactions.reconcile('order-1', { since })).toMatchObject({
      state: 'not-found',
      final: true,
    });
    const error = await rejection(spydra.transactions.reconcile('order-1', { since: foreign('({})') }));
    expect(error).toMatchObject({ problems: [{ field: 'since', message: 'must be a Date' }] });
  });

  it('are accepted as options', async () => {
    const { sandbox, spydra } = sandboxed(
      {},
      foreign(
        "({ headers: { 'X-Tenant': 't' }, cache: { ttl: { assets: 1000 } }, logger: { debug() {}, info() {}, warn() {}, error() {} } })",
      ),
    );
    const { assets } = await sandbox.seed();
    const options = foreign("({ deadline: 5000, headers: { 'X-Mine': '1' } })");
    expect(await spydra.assets.get(assets[0]?.assetId ?? '', options)).toMatchObject({ name: assets[0]?.name });
  });

  it('are accepted as errors with name, message and code', async () => {
    const { message, cause } = await failingWith(
      foreign(
        "Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) })",
      ),
    );
    expect(message).toContain('got no answer (read ECONNRESET)');
    const inner = { name: 'Error', message: 'read ECONNRESET', code: 'ECONNRESET' };
    expect(cause).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: inner });
  });
});

describe('the reason of a failed connection', () => {
  const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}`);

  it.each([
    ['of Node', new AggregateError([refused('::1:80'), refused('127.0.0.1:80')])],
    [
      'of another realm',
      foreign(
        "new AggregateError([new Error('connect ECONNREFUSED ::1:80'), new Error('connect ECONNREFUSED 127.0.0.1:80')])",
      ),
    ],
    ['within another', new AggregateError([new AggregateError([refused('::1:80')]), refused('127.0.0.1:80')])],
  ])('is the error of each address, if an AggregateError %s has no message', async (_of, cause) => {
    const { message } = await failingWith(new TypeError('fetch failed', { cause }));
    expect(message).toContain('(connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80)');
  });

  it.each([
    [new TypeError('fetch failed', { cause: new Error('') }), 'fetch failed'],
    [Object.assign(new Error(''), { code: 'UND_ERR_ABORTED' }), 'UND_ERR_ABORTED'],
    [new RangeError(''), 'RangeError'],
    [new AggregateError([]), 'AggregateError'],
    ['a text', 'a text'],
  ])('is never empty: %o', async (error, reason) => {
    expect((await failingWith(error)).message).toContain(`(${reason})`);
  });
});
