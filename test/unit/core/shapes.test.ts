import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { causesOf, dateOf, isError, isPlainObject, messageOf } from '../../../src/core/shapes.js';

/** A value of another realm, as in tests of Jest. */
const foreign = (code: string) => runInNewContext(code) as unknown;

describe('values of any realm are recognised by their shape', () => {
  it.each<[unknown, boolean]>([
    [new Error('x'), true],
    [foreign("new RangeError('x')"), true],
    [new DOMException('x'), true],
    [{ message: 'x', name: 'Error' }, false],
    ['x', false],
  ])('isError(%s) is %s', (value, isOne) => expect(isError(value)).toBe(isOne));

  it.each<[unknown, boolean]>([
    [{}, true],
    [Object.create(null), true],
    [foreign('({})'), true],
    [[], false],
    [new Map(), false],
    [new (class Own {})(), false],
    [null, false],
  ])('isPlainObject(%j) is %s', (value, isOne) => expect(isPlainObject(value)).toBe(isOne));

  it('dateOf gives a date of this realm', () => {
    const date = dateOf(foreign('new Date(0)'));
    expect(date).toBeInstanceOf(Date);
    expect(date?.getTime()).toBe(0);
    expect(dateOf('1970-01-01')).toBeUndefined();
  });
});

describe('messageOf', () => {
  it.each<[string, unknown, string]>([
    ['the message', new Error('broken'), 'broken'],
    ['the code, if there is no message', Object.assign(new Error(''), { code: 'ECONNRESET' }), 'ECONNRESET'],
    ['the name, if there is neither', new TypeError(''), 'TypeError'],
    ['the messages of an AggregateError', new AggregateError([new Error('a'), new Error('b')]), 'a; b'],
    ['what was thrown, if it is no error', 'text', 'text'],
  ])('returns %s', (_, error, message) => expect(messageOf(error)).toBe(message));
});

describe('causesOf', () => {
  it('returns an error and its causes, the innermost last', () => {
    const inner = { code: 'ECONNRESET' };
    const outer = new Error('outer', { cause: inner });
    expect(causesOf(outer)).toEqual([outer, inner]);
  });

  it.each([undefined, null, 'text', 5])('returns nothing for %s', (value) => {
    expect(causesOf(value)).toEqual([]);
  });

  it('ends for an error that is its own cause', () => {
    const error = new Error('x');
    error.cause = error;
    expect(causesOf(error).length).toBeLessThan(10);
  });
});
