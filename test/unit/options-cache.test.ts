import { ConfigurationError, lru, tiered } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';

const expectRefusal = (make: () => unknown, sentence: string) => {
  expect(make).toThrow(ConfigurationError);
  expect(make).toThrow(sentence);
};

describe('lru()', () => {
  it.each([
    [{ maxBytes: 0 }, 'lru() cannot start: maxBytes must be 1 or more.'],
    [{ maxBytes: -1 }, 'maxBytes must be 1 or more'],
    [{ maxBytes: 1.5 }, 'maxBytes must be a whole number'],
    [{ maxBytes: Number.NaN }, 'maxBytes must be a whole number'],
    [{ maxBytes: Number.POSITIVE_INFINITY }, 'maxBytes must be a whole number'],
    [{ maxBytes: '10' }, 'maxBytes must be a whole number'],
    [{ maxBytes: null }, 'maxBytes must be a whole number'],
    [{ maxBytes: 10n }, 'maxBytes must be a whole number'],
    [{ maxEntries: 0 }, 'maxEntries must be 1 or more'],
    [{ maxEntries: Number.NaN }, 'maxEntries must be a whole number'],
    [{ maxEntries: Number.POSITIVE_INFINITY }, 'maxEntries must be a whole number'],
    [{ maxEntries: '10' }, 'maxEntries must be a whole number'],
    [{ maxEntries: 2 ** 24 }, 'maxEntries must be 16,777,215 or less'],
    [{ maxEntries: 1e9 }, 'maxEntries must be 16,777,215 or less'],
    [{ maxByte: 10 }, 'maxByte is not a known option (did you mean `maxBytes`?)'],
    [{ max: 10 }, 'max is not a known option'],
    [10, 'must be an object'],
    [null, 'must be an object'],
  ])('refuses invalid options by name: %o', (options, sentence) => {
    expectRefusal(() => lru(options as never), sentence);
  });

  it('treats an undefined option as missing', async () => {
    const store = lru({ maxBytes: undefined, maxEntries: 1 });
    await store.set('a', 'text', 1_000);
    await store.set('b', 'text', 1_000);
    expect([await store.get('a'), await store.get('b')]).toEqual([undefined, 'text']);
  });
});

describe('tiered()', () => {
  it.each([
    [[lru()], 'tiered() cannot start: shared must have the methods get, set, delete.'],
    [[undefined, lru()], 'local must have the methods'],
    [[lru(), { get: () => {} }], 'shared must have the methods'],
    [[lru(), lru(), { chanel: {} }], 'options.chanel is not a known option (did you mean `channel`?)'],
    [[lru(), lru(), { channel: { publish: () => {} } }], 'options.channel must have the methods publish, subscribe'],
    [[lru(), lru(), { channel: null }], 'options.channel must have the methods'],
    [[lru(), lru(), { bound: 0 }], 'options.bound must be a number of milliseconds above zero'],
    [[lru(), lru(), { bound: 2 ** 31 }], 'options.bound must be'],
    [[lru(), lru(), { bound: '5' }], 'options.bound must be'],
    [[lru(), lru(), { bound: Number.NaN }], 'options.bound must be'],
    [[lru(), lru(), 500], 'options must be an object'],
  ])('refuses invalid options by name: %o', (given, sentence) => {
    expectRefusal(() => tiered(...(given as unknown as Parameters<typeof tiered>)), sentence);
  });

  it('treats undefined options as missing', () => {
    expect(() => tiered(lru(), lru(), { channel: undefined, bound: undefined })).not.toThrow();
  });
});
