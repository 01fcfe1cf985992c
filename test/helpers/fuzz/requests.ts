import * as fc from 'fast-check';
import { bySchema, type Known, type Schema, textBy } from './by-schema.js';
import { anyText } from './sources.js';

export interface Parameter {
  readonly name: string;
  readonly schema: Schema;
}

/** The document of a route, such as `GET /assets/{assetId}`. */
export interface Operation {
  readonly route: string;
  readonly inPath: readonly Parameter[];
  readonly inQuery: readonly Parameter[];
  readonly body?: Schema;
}

export interface FuzzedRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Requests to the routes, most of them as documented in most of their parts. */
export function requestsTo(operations: readonly Operation[], known: Known): fc.Arbitrary<FuzzedRequest> {
  return fc.oneof(...operations.map((operation) => requestTo(operation, known)));
}

/** `/assets/a1?limit=5`; each path reaches the route that it was made for. */
export function targetOf({ operation, path, query }: FuzzedRequest): string {
  const [, pattern = ''] = operation.route.split(' ');
  const filled = pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  return query.length === 0 ? filled : `${filled}?${new URLSearchParams(query.map(([...pair]) => pair))}`;
}

function requestTo(operation: Operation, known: Known): fc.Arbitrary<FuzzedRequest> {
  const [verb = ''] = operation.route.split(' ');
  const path = operation.inPath.map(({ name, schema }) => pathText(schema, known, name).map((text) => [name, text]));
  return fc.record({
    operation: fc.constant(operation),
    method: fc.oneof({ weight: 30, arbitrary: fc.constant(verb) }, { weight: 1, arbitrary: otherMethod }),
    path: fc.tuple(...path).map((pairs): Record<string, string> => Object.fromEntries(pairs)),
    query: queryOf(operation.inQuery, known),
    headers,
    body: bodyOf(operation.body, known),
  });
}

const otherMethod = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');

/** Without segments that URLs resolve, which would reach another route. */
function pathText(schema: Schema, known: Known, name: string): fc.Arbitrary<string> {
  const isSent = (text: string) => !['', '.', '..'].includes(text) && text.isWellFormed();
  return textBy(schema, known, name).filter(isSent);
}

function queryOf(parameters: readonly Parameter[], known: Known) {
  const pairs = parameters.map(({ name, schema }) => {
    const good = schema.type === 'integer' ? fc.integer({ min: 0, max: 20 }).map(String) : textBy(schema, known, name);
    const value = fc
      .oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: anyText })
      .map((text) => text.toWellFormed());
    return fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 5, arbitrary: value.map((text) => [[name, text] as const]) },
      { weight: 1, arbitrary: fc.tuple(value, value).map((texts) => texts.map((text) => [name, text] as const)) },
    );
  });
  return fc.tuple(...pairs).map((all) => all.flat());
}

const ABSENT = {};
/** Of several requests. */
export const USED_KEYS: readonly string[] = [
  'k1',
  'k2',
  'k3',
  '',
  'a b',
  'é',
  'x'.repeat(255),
  'x'.repeat(256),
  '~!@#$%^&*()',
  'a\tb',
];
const headers = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant(ABSENT) },
      { weight: 5, arbitrary: fc.noBias(fc.bigInt(0n, 2n ** 64n)).map((key) => ({ 'Idempotency-Key': `key-${key}` })) },
      { weight: 3, arbitrary: fc.constantFrom(...USED_KEYS).map((key) => ({ 'Idempotency-Key': key })) },
    ),
    rarely(fc.constantFrom('r-1', '', 'é', 'x'.repeat(200), '<a>').map((id) => ({ 'X-Request-Id': id }))),
    rarely(
      fc
        .constantFrom('text/plain', 'application/json; charset=utf-16', 'APPLICATION/JSON', 'x', 'application/xml')
        .map((type) => ({ 'Content-Type': type })),
    ),
    rarely(fc.constantFrom('gzip', 'br', 'identity', 'x').map((encoding) => ({ 'Content-Encoding': encoding }))),
    rarely(
      fc.constantFrom(
        { Accept: 'text/html' },
        { 'If-None-Match': '*' },
        { Range: 'bytes=0-1' },
        { Authorization: 'Bearer x' },
      ),
    ),
    rarely(fc.constantFrom('', 'x', 'x'.repeat(300)).map((key) => ({ 'X-API-Key': key }))),
  )
  .map((all): Record<string, string> => Object.assign({}, ...all));

function rarely<T>(arbitrary: fc.Arbitrary<T>) {
  return fc.oneof({ weight: 25, arbitrary: fc.constant(ABSENT) }, { weight: 1, arbitrary });
}

const MALFORMED = [
  '',
  '{',
  'null',
  '[]',
  '[{}]',
  '5',
  '"text"',
  '{"a":1,}',
  "{'a':1}",
  '{"a":NaN}',
  '\ufeff{}',
  '{}{}',
];

function bodyOf(schema: Schema | undefined, known: Known): fc.Arbitrary<string | undefined> {
  if (schema === undefined) return fc.constant(undefined);
  return fc.oneof(
    { weight: 30, arbitrary: bySchema(schema, known) },
    { weight: 1, arbitrary: fc.constantFrom(...MALFORMED) },
  );
}
