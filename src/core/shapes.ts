/*
 * Values of another realm (a vm context, as Jest's tests run in) are no instances of the classes here: they are
 * recognised by their shape.
 */

/** An error, of any realm. */
export interface ErrorShape {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: unknown;
  readonly code?: unknown;
  /** What an AggregateError holds. */
  readonly errors?: unknown;
}

export function isError(value: unknown): value is ErrorShape {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof Error || tagOf(value) === '[object Error]' || isDomException(value);
}

/** Whether a value is made of properties alone: `{}`, of any realm, and no instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  // The Object.prototype of another realm.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** The same time as a date of this realm; undefined for what is no date. */
export function dateOf(value: unknown): Date | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return value instanceof Date || tagOf(value) === '[object Date]' ? new Date(value as Date) : undefined;
}

/** An error and what caused it, the innermost last: objects of any shape. An error may be its own cause. */
export function causesOf(error: unknown, depth = 0): Partial<Record<string, unknown>>[] {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return [];
  const shown = error as Partial<Record<string, unknown>>;
  return [shown, ...causesOf(shown.cause, depth + 1)];
}

/** An error's message; if it is empty, its code or name. */
export function messageOf(error: unknown, depth = 0): string {
  return isError(error) ? ownMessageOf(error, depth) || String(error.code ?? error.name) : String(error);
}

/** An error's own message, or those of the errors in an AggregateError. */
export function ownMessageOf({ message, errors }: ErrorShape, depth = 0): string {
  if (message || !Array.isArray(errors) || depth > MAX_DEPTH) return String(message);
  return errors.map((each) => messageOf(each, depth + 1)).join('; ');
}

/** How deep errors within errors are read. */
const MAX_DEPTH = 5;

const tagOf = (value: object): string => Object.prototype.toString.call(value);

function isDomException(value: object): boolean {
  return tagOf(value) === '[object DOMException]' && 'message' in value;
}
