import * as z from 'zod/mini';
import { ConfigurationError, type FieldProblem, InvalidInputError } from '../errors.js';
import { didYouMean } from './did-you-mean.js';
import type { IfSame } from './same-fields.js';
import { above, finite } from './schemas.js';

/**
 * Checks what a caller gave, before anything leaves the process. A schema that reads other fields than the input's type
 * has does not compile.
 *
 * @throws InvalidInputError naming every bad field at once; `root` stands before the fields' names.
 */
export function validate<Schema extends z.ZodMiniType, Input>(
  schema: Schema & IfSame<z.input<Schema>, Input>,
  input: Input,
  root = '',
): z.output<Schema> {
  // To zod, a Map, a promise and a signal are objects without fields.
  if (schema instanceof z.ZodMiniObject && input !== undefined) ensureRecord(input, root);
  const parsed = schema.safeParse(input, { error: sentenceEnd });
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(parsed.error.issues.flatMap((issue) => problemsOf(issue, root, 'field')));
}

/**
 * Checks the options of something that is set up once.
 *
 * @param explain - makes a message of what is wrong
 * @throws ConfigurationError naming every bad option at once.
 */
export function configure<T>(
  schema: z.ZodMiniType<T>,
  options: unknown,
  explain: (problems: readonly FieldProblem[]) => string,
): T {
  const parsed = schema.safeParse(options, { error: sentenceEnd });
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(explain(parsed.error.issues.flatMap((issue) => problemsOf(issue, '', 'option'))));
}

/** What is wrong with the options of something, as a sentence. */
export function cannotStart(what: string, problems: readonly FieldProblem[]): string {
  return `${what} cannot start: ${problems.map(({ field, message }) => `${field} ${message}`).join('; ')}.`;
}

/** A duration in milliseconds, above zero. */
export const milliseconds = finite('must be a number of milliseconds').check(above(0, 'must be above zero'));

/** A function of whatever type: only that it is one is checked. */
export const aFunction = <F>(): z.ZodMiniType<F, F> =>
  z.custom<F>((value) => typeof value === 'function', 'must be a function');

/** Something with certain methods, its own or inherited. */
export function withMethods<T>(...names: readonly string[]): z.ZodMiniType<T> {
  const hasAll = (value: unknown) => names.every((name) => typeof Object(value)[name] === 'function');
  return z.custom<T>(hasAll, `must have the methods ${names.join(', ')}`);
}

/**
 * Checks the input of a method that takes an id beside it.
 *
 * @throws InvalidInputError naming every bad field and id at once.
 */
export function validateWith<Schema extends z.ZodMiniType, Input extends object, Ids extends object>(
  schema: Schema & IfSame<z.input<Schema>, Input & Ids>,
  input: Input,
  ids: Ids,
): z.output<Schema> {
  ensureRecord(input);
  const twice = Object.keys(ids).filter((id) => Object.hasOwn(input, id));
  if (twice.length > 0) throw new InvalidInputError(twice.map((field) => ({ field, message: UNKNOWN })));
  return validate<Schema, Input & Ids>(schema, { ...input, ...ids });
}

const UNKNOWN = 'is not a known field';
/** The message if no known name is near. */
export const UNKNOWN_OPTION = 'is not a known option';

/**
 * Checks that it is an object with fields, of a class and of another realm or not: no array, Map, promise, signal…
 *
 * @throws InvalidInputError
 */
export function ensureRecord(input: unknown, root = ''): asserts input is object {
  if (Object.prototype.toString.call(input) === '[object Object]') return;
  throw new InvalidInputError([{ field: root || 'input', message: 'must be an object' }]);
}

/** Every message completes a sentence that begins with the field's name. */
function sentenceEnd(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') return knownNames(issue.inst).join(' ');
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.input === undefined) return 'is required';
  const noun = issue.expected === 'record' ? 'object' : issue.expected;
  return `must be ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function problemsOf(issue: z.core.$ZodIssue, root: string, kind: 'field' | 'option'): FieldProblem[] {
  const name = (...keys: PropertyKey[]) =>
    [root, ...issue.path, ...keys].filter((part) => part !== '').join('.') || 'input';
  if (issue.code !== 'unrecognized_keys') return [{ field: name(), message: issue.message }];
  // The message of such an issue is the list of known names.
  const known = issue.message.split(' ');
  return issue.keys.map((key) => ({ field: name(key), message: `is not a known ${kind}${didYouMean(key, known)}` }));
}

function knownNames(schema: unknown): string[] {
  const { def } = (schema as z.ZodMiniObject)._zod;
  return Object.keys(def.shape ?? {});
}
