import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { jsonNumber } from '../../../src/core/json.js';
import { plain } from '../../../src/core/plain.js';

describe('plain', () => {
  const circular: Record<string, unknown> = { a: 1 };
  circular.self = circular;
  const unreadable = {
    get a() {
      throw new Error('no');
    },
    b: 2,
  };

  it.each<[string, unknown, unknown]>([
    ['a bigint as its digits', 10n ** 30n, '1000000000000000000000000000000'],
    ['a decimal of many digits as its digits', jsonNumber('33.333333333333333333'), '33.333333333333333333'],
    ['an error as its name and message', new TypeError('wrong'), { name: 'TypeError', message: 'wrong' }],
    ['an error of another realm', runInNewContext("new TypeError('wrong')"), { name: 'TypeError', message: 'wrong' }],
    ['what has a toJSON by that', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a function in a list as null', [() => {}, 1], [null, 1]],
    ['a symbol as nothing', Symbol('s'), undefined],
    ['an object that contains itself', circular, { a: 1, self: '[circular]' }],
    ['a getter that throws', unreadable, { a: '[unreadable]', b: 2 }],
    ['a null as null', null, null],
  ])('copies %s', (_, value, copy) => {
    expect(plain(value)).toEqual(copy);
  });

  it('stops at a depth that no details have', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100; level++) deep = [deep];
    expect(JSON.stringify(plain(deep))).toContain('[too deep]');
  });
});
