import { isJsonNumber } from './json.js';
import { isError } from './shapes.js';

/** Deeper than any error's details. */
const MAX_DEPTH = 32;

/**
 * A copy for JSON and the structured clone: a bigint as its digits, an error as its name and message; values that are
 * unreadable or circular are replaced by a word in brackets.
 */
export function plain(value: unknown, parents: readonly unknown[] = []): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (parents.includes(value)) return '[circular]';
  if (parents.length > MAX_DEPTH) return '[too deep]';
  try {
    return copyOf(value, [...parents, value]);
  } catch {
    return '[unreadable]';
  }
}

function copyOf(value: object, parents: readonly unknown[]): unknown {
  if (isJsonNumber(value)) return value.value;
  if (Array.isArray(value)) return value.map((item) => plain(item, parents) ?? null);
  if (isError(value)) return { name: plain(value.name, parents), message: plain(value.message, parents) };
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return plain(value.toJSON(), parents);
  }
  return plainFields(value, parents);
}

/** The same of an object's own properties alone, whatever its class. */
export function plainFields(value: object, parents: readonly unknown[] = [value]): Record<string, unknown> {
  const read = (key: string): unknown => {
    try {
      return plain(value[key as keyof typeof value], parents);
    } catch {
      return '[unreadable]';
    }
  };
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(key)]));
}
