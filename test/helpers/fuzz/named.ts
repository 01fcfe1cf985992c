import type { Schema } from './by-schema.js';
import type { FuzzedRequest } from './requests.js';

/** Every name that a refusal may contain: those of its parameters, of its schema and in its body, with their paths. */
export function namesOf({ operation, body }: FuzzedRequest, parsed: unknown): Set<string> {
  const parameters = [...operation.inPath, ...operation.inQuery].map(({ name }) => name);
  const names = new Set(['body', 'Idempotency-Key', ...parameters]);
  if (operation.body) addSchema(operation.body, [], names);
  if (body !== undefined) addValue(parsed, [], names);
  return names;
}

function addSchema({ properties = {} }: Schema, path: readonly string[], names: Set<string>): void {
  for (const [name, schema] of Object.entries(properties)) {
    names.add([...path, name].join('.'));
    addSchema(schema, [...path, name], names);
  }
}

function addValue(value: unknown, path: readonly string[], names: Set<string>): void {
  if (typeof value !== 'object' || value === null || path.length > 10) return;
  for (const [name, inner] of Object.entries(value)) {
    // Duplicate and unknown fields are named at any depth.
    names.add(name).add([...path, name].join('.'));
    addValue(inner, [...path, name], names);
  }
}
