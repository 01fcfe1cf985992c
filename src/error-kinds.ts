import type { ErrorClass } from './error-codes.js';

/*
 * What class an error is of: by names that it carries, and not by prototype.
 */

/**
 * Under this an error holds the names of its class and of those that it extends. Shared by every copy of the package in
 * a process, so that an error thrown by the ESM build is an instance of the classes of the CommonJS build too.
 */
export const KINDS = Symbol.for('spydra-sdk.error.kinds');

export const kindsOf = (type: unknown): string[] => {
  const kinds: string[] = [];
  for (let t = type; typeof t === 'function'; t = Object.getPrototypeOf(t)) {
    if (Object.hasOwn(t, 'kind')) kinds.push(String((t as { readonly kind?: unknown }).kind));
  }
  return kinds;
};

export function isInstance(type: ErrorClass & { readonly kind?: string }, value: unknown): boolean {
  // A user's own subclass has no kind of its own: for it the prototype chain decides, as for any class.
  if (!Object.hasOwn(type, 'kind')) return Function.prototype[Symbol.hasInstance].call(type, value);
  return kindsIn(value).includes(type.kind);
}

function kindsIn(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  try {
    const { [KINDS]: kinds } = value as { [KINDS]?: unknown };
    return Array.isArray(kinds) ? kinds : [];
  } catch {
    // A thrown value that cannot be read is no SpydraError.
    return [];
  }
}
