import { ConfigurationError, OutcomeUnknownError } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { MINT } from '../../helpers/scripted-ledger.js';

const cyclic = new Error('of itself', { cause: undefined });
cyclic.cause = cyclic;
const aggregate = new AggregateError([], '');
aggregate.errors.push(aggregate, aggregate);
const unreadable = (name: string) =>
  Object.defineProperty(new Error('x'), name, {
    get: () => {
      throw new Error('cannot be read');
    },
  });

const THROWN: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a symbol', Symbol('x')],
  ['an object without a prototype', Object.create(null)],
  ['an error that is its own cause', cyclic],
  ['an AggregateError of itself', aggregate],
  ['a stack that is no text', Object.assign(new Error('x'), { stack: [{ line: 1 }] })],
  ['a message that is no text', Object.assign(new Error('x'), { message: { code: 1 } })],
  ['a message without a prototype', Object.assign(new Error('x'), { message: Object.create(null) })],
  ['a code that is a symbol', Object.assign(new Error('x'), { code: Symbol('x'), syscall: Symbol('y') })],
  ['a name that is no text', Object.assign(new Error('x'), { name: Object.create(null) })],
  ['an unreadable message', unreadable('message')],
  ['an unreadable code', unreadable('code')],
  ['an unreadable stack', unreadable('stack')],
  ['an unreadable cause', unreadable('cause')],
  ['an unreadable list of errors', unreadable('errors')],
  [
    'a proxy that is gone',
    (() => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    })(),
  ],
];

describe('a write whose fetch throws an unusual value', () => {
  it.each(THROWN)('has an unknown outcome: %s', async (_what, thrown) => {
    for (const error of [thrown, new TypeError('fetch failed', { cause: thrown })]) {
      const fetch: typeof globalThis.fetch = (_url, init) =>
        init?.method === 'GET' ? Promise.resolve(Response.json({ transactions: [], total: 0 })) : Promise.reject(error);
      const { tokens } = testClient({ fetch, retries: 0 });
      expect(await rejection(tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
    }
  });
});

describe('an apiKey function that throws an unusual value', () => {
  it.each(THROWN)('is reported as failed: %s', async (_what, thrown) => {
    const { assets } = testClient({ apiKey: () => Promise.reject(thrown), retries: 0 });
    expect(await rejection(assets.get('a'))).toBeInstanceOf(ConfigurationError);
  });
});
