import { idProblem } from './ids.js';
import { isList, isObject, type Json, JsonNumber, type JsonObject } from './json.js';
import { type FieldProblem, refuseFields } from './refusal.js';

/** Reads one value of an argument; throws {@link Problems} if it is not what it must be. */
export type Check<T> = (value: Json | undefined) => T;

/** What is wrong with a value; `field` is the path below it, empty for the value itself. */
class Problems extends Error {
  constructor(readonly list: readonly FieldProblem[]) {
    super();
  }
}

/** @throws Refusal INVALID_REQUEST that names every bad field, the first 100. */
export function read<T>(check: Check<T>, value: Json | undefined, name: string): T {
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return refuseFields(error.list.map(({ field, message }) => ({ field: field || name, message })));
  }
}

/** Says of the value that is being checked what is wrong with it. */
export function fail(message: string): never {
  throw new Problems([{ field: '', message }]);
}

export const text: Check<string> = (value) => {
  if (value === undefined) fail('is missing');
  return typeof value === 'string' ? value : fail('must be a text');
};

/** A text that `problemOf` finds nothing wrong with. */
export function textThat(problemOf: (value: string) => string | undefined): Check<string> {
  return (value) => {
    const given = text(value);
    const problem = problemOf(given);
    return problem === undefined ? given : fail(problem);
  };
}

export const filled = textThat((value) => (value === '' ? 'must not be empty' : undefined));
export const id = textThat(idProblem);

export const json: Check<Json> = (value) => value ?? null;
const jsonObject: Check<JsonObject> = (value) => (isObject(value) ? value : fail('must be a JSON object'));

/** Any JSON that is stored as it is. A database that cannot hold a number may stop the peer that commits it. */
const stored: Check<Json> = (value = null) =>
  isStorable(value) ? value : fail('must not hold a number beyond the range of a double');

export const metadata: Check<JsonObject> = (value) => jsonObject(stored(jsonObject(value)));

function isStorable(value: Json | undefined): boolean {
  // Whole numbers in digits are read exactly, others as doubles.
  if (value instanceof JsonNumber) return /^-?\d+$/.test(value.text) || Number.isFinite(Number(value.text));
  if (isList(value)) return value.every(isStorable);
  return !isObject(value) || Object.values(value).every(isStorable);
}

/** Absent, or what the check takes. Null is not absent. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value) => (value === undefined ? undefined : check(value));
}

/** A whole number from a query: a JSON number in digits. */
export function whole(least: number, most: number, fallback: number): Check<number> {
  return (value) => {
    if (value === undefined) return fallback;
    const number = value instanceof JsonNumber && /^\d{1,15}$/.test(value.text) ? Number(value.text) : Number.NaN;
    return number >= least && number <= most ? number : fail(`must be a whole number from ${least} to ${most}`);
  };
}

export function oneOf<T extends string>(...values: readonly T[]): Check<T> {
  return (value) => values.find((each) => each === value) ?? fail(`must be one of ${values.join(', ')}`);
}

export function listOf<T>(check: Check<T>, most: number): Check<readonly T[]> {
  return (value) => {
    if (!isList(value)) return fail('must be a list');
    if (value.length > most) return fail(`must have ${most} items or fewer`);
    const items = collect(value.map((item, index) => [String(index), check, item] as const));
    return items.map(([, item]) => item as T);
  };
}

type Shape = Readonly<Record<string, Check<unknown>>>;
type Checked<S extends Shape> = { readonly [Name in keyof S]: ReturnType<S[Name]> };

/** An object with these fields and no others: a misspelled name must not be ignored. */
export function object<S extends Shape>(shape: S): Check<Checked<S>> {
  const check = fieldsOf(shape, () => () => fail('is not a known field'));
  return (value) => check(value) as Checked<S>;
}

/** An object with these fields, and any others but the reserved ones, which the contract sets. */
export function openObject<S extends Shape>(shape: S, reserved: readonly string[]): Check<JsonObject & Checked<S>> {
  const check = fieldsOf(shape, (name) => otherField(name, reserved));
  return (value) => check(value) as JsonObject & Checked<S>;
}

function fieldsOf(shape: Shape, other: (name: string) => Check<unknown>): Check<object> {
  return (value) => {
    const given = jsonObject(value);
    const checks = new Map(Object.entries(shape));
    const names = new Set([...checks.keys(), ...Object.keys(given)]);
    const fields = [...names].map((name) => [name, checks.get(name) ?? other(name), ownOf(given, name)] as const);
    return Object.fromEntries(collect(fields));
  };
}

function otherField(name: string, reserved: readonly string[]): Check<Json> {
  if (reserved.includes(name)) return () => fail('is set by the contract');
  // CouchDB, as a state database, keeps other first characters for itself.
  return /^[A-Za-z]/.test(name) ? stored : () => fail('must have a name that begins with a letter');
}

function ownOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Bad fields that a refusal names. More could outgrow a block, or the stack of one endorser and not of another. */
const MAX_PROBLEMS = 100;

/** The checked values by name; what is absent is left out. */
function collect(fields: readonly (readonly [string, Check<unknown>, Json | undefined])[]): [string, unknown][] {
  const problems: FieldProblem[] = [];
  const values = fields.map(([name, check, value]): [string, unknown] => {
    try {
      return [name, check(value)];
    } catch (error) {
      if (!(error instanceof Problems)) throw error;
      problems.push(...error.list.map(({ field, message }) => ({ field: field ? `${name}.${field}` : name, message })));
      if (problems.length >= MAX_PROBLEMS) throw new Problems(problems.slice(0, MAX_PROBLEMS));
      return [name, undefined];
    }
  });
  if (problems.length > 0) throw new Problems(problems);
  return values.filter(([, value]) => value !== undefined);
}
