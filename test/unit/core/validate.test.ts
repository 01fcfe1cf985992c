import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  aFunction,
  cannotStart,
  configure,
  ensureRecord,
  milliseconds,
  validate,
  validateWith,
  withMethods,
} from '../../../src/core/validate.js';
import { ConfigurationError, type FieldProblem, InvalidInputError } from '../../../src/errors.js';

interface Input {
  readonly name: string;
  readonly wait?: number | undefined;
  readonly inner?: { readonly list: readonly string[] } | undefined;
}
const shape = {
  name: z.string(),
  wait: z.optional(milliseconds),
  inner: z.optional(z.strictObject({ list: z.array(z.string()) })),
};
const schema = z.strictObject(shape);

/** What is wrong with an input, as `field message`. */
function problemsOf(work: () => unknown): string[] {
  try {
    work();
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return (error as InvalidInputError).problems.map(({ field, message }) => `${field} ${message}`);
  }
}

describe('validate', () => {
  const problems = (input: unknown, root?: string) => problemsOf(() => validate(schema, input as Input, root));

  it('returns what the schema makes of the input', () => {
    const input: Input = { name: 'a', wait: 5, inner: { list: ['b'] } };
    expect(validate(schema, input)).toEqual(input);
  });

  it.each([
    ['a missing field', {}, ['name is required']],
    ['a wrong type', { name: 1 }, ['name must be a string']],
    ['a field with a nearby name', { name: 'a', wiat: 1 }, ['wiat is not a known field (did you mean `wait`?)']],
    ['a field unlike any', { name: 'a', colour: 1 }, ['colour is not a known field']],
    ['a field within', { name: 'a', inner: { list: [1] } }, ['inner.list.0 must be a string']],
    ['no object within', { name: 'a', inner: 5 }, ['inner must be an object']],
    [
      'several at once',
      { wait: 0, inner: {} },
      ['name is required', 'wait must be above zero', 'inner.list is required'],
    ],
  ])('names %s', (_what, input, expected) => {
    expect(problems(input).sort()).toEqual([...expected].sort());
  });

  it.each([null, 'text', [], new Map(), Promise.resolve(), new AbortController().signal])(
    'refuses what is no object with fields: %s',
    (input) => {
      expect(problems(input)).toEqual(['input must be an object']);
      expect(problems(input, 'options')).toEqual(['options must be an object']);
    },
  );

  it('puts the root before the names of fields', () => {
    expect(problems({ name: 1 }, 'options')).toEqual(['options.name must be a string']);
  });
});

describe('validateWith', () => {
  const all = z.strictObject({ ...shape, id: z.string() });
  const problems = (input: unknown, id: unknown) =>
    problemsOf(() => validateWith(all, input as Input, { id } as { id: string }));

  it('checks the input and the ids beside it together', () => {
    expect(validateWith(all, { name: 'a' } as Input, { id: 'b' })).toEqual({ name: 'a', id: 'b' });
    expect(problems({ name: 1 }, 2).sort()).toEqual(['id must be a string', 'name must be a string']);
  });

  it('refuses an id that is given in the input too', () => {
    expect(problems({ name: 'a', id: 'c' }, 'b')).toEqual(['id is not a known field']);
  });
});

describe('configure', () => {
  const explain = (problems: readonly FieldProblem[]) => cannotStart('It', problems);

  it('returns options with their defaults', () => {
    expect(configure(z.strictObject({ size: z._default(z.number(), 3) }), {}, explain)).toEqual({ size: 3 });
  });

  it('names every bad option in one ConfigurationError', () => {
    const work = () => configure(z.strictObject({ a: z.number(), size: z.number() }), { a: 'x', siez: 1 }, explain);
    expect(work).toThrow(ConfigurationError);
    expect(work).toThrow(
      'It cannot start: a must be a number; size is required; siez is not a known option (did you mean `size`?).',
    );
  });
});

describe('a schema', () => {
  it.each([
    ['a duration', milliseconds, 1, 0],
    ['a duration', milliseconds, 0.5, Number.NaN],
    ['a function', aFunction(), () => 1, {}],
    ['methods of its own', withMethods('get'), { get: () => 1 }, { get: 1 }],
    ['methods, inherited', withMethods('get', 'set'), new Map(), new Set()],
    ['methods', withMethods('get'), new Map(), null],
  ])('of %s accepts what it should, and nothing else', (_what, tested: z.ZodMiniType, good, bad) => {
    expect(tested.safeParse(good).success).toBe(true);
    expect(tested.safeParse(bad).success).toBe(false);
  });
});

describe('ensureRecord', () => {
  it('accepts objects with fields, of a class too', () => {
    class Mine {}
    for (const input of [{}, new Mine(), Object.create(null)]) expect(() => ensureRecord(input)).not.toThrow();
  });
});
