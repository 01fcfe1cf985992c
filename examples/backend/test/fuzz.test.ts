import * as fc from 'fast-check';
import { test } from 'vitest';
import { expectExactBooks } from '../../../test/helpers/fuzz/books.js';
import type { Schema } from '../../../test/helpers/fuzz/by-schema.js';
import { Tally } from '../../../test/helpers/fuzz/judge.js';
import {
  type FuzzedRequest,
  type Operation,
  type Parameter,
  requestsTo,
  targetOf,
  USED_KEYS,
} from '../../../test/helpers/fuzz/requests.js';
import { minted, sandboxed } from '../../../test/helpers/sandbox.js';
import { isLong, scaled } from '../../../test/helpers/scale.js';
import { apiOf } from '../../../test/unit/sandbox/harness.js';
import { openApiDocument } from '../openapi/document.js';
import { ADMIN_KEY, backendOf } from './helpers/backend.js';
import { schemasOf } from './helpers/contract.js';

const DOCUMENT = openApiDocument('/api/spydra');
const problemsOf = schemasOf(DOCUMENT);

/** What the document says in words about inputs that its schemas take. */
const DOCUMENTED = [
  /^must be in Unicode normalization form C/,
  /^must be well-formed Unicode$/,
  /^must not contain the (invisible character|white space) U\+/,
  /^must differ from /,
  /^must be the same as (seller|buyer)Wallet$/,
  /^must (have|make a pricePerToken of) 1000 digits or fewer$/,
  /^must be at most 8 kB of JSON$/,
  /^must be nested 64 levels deep at most$/,
  /^must have another name$/,
  /^must be given once$/,
  /^must make a total value that is whole or below 1e308$/,
  // Updates that are only null, which stands for nothing.
  /^must change something$/,
  /^must not hold a number beyond the range of a double$/,
];

interface Documented {
  readonly parameters: readonly (Parameter & { readonly in?: string; readonly required?: boolean })[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
}

const DOCUMENTED_ROUTES = Object.entries(DOCUMENT.paths ?? {}).flatMap(([path, verbs]) =>
  Object.entries(verbs as unknown as Record<string, Documented>).map(
    ([verb, documented]) => [`${verb.toUpperCase()} ${path}`, documented] as const,
  ),
);

/** Without the stream of events, whose response has no end. */
const ENDING = DOCUMENTED_ROUTES.filter(([route]) => route !== 'GET /events');
const OPERATIONS = ENDING.map(([route, { parameters, requestBody }]): Operation => {
  const body = requestBody?.content['application/json'].schema;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  return { route, inPath, inQuery, ...(body && { body }) };
});

test('random requests get documented responses, and balances match the writes', async () => {
  const { sandbox, spydra } = sandboxed();
  const limits = { RATE_LIMIT_PER_ADDRESS: '1000000', RATE_LIMIT_PER_KEY: '1000000' };
  const { call } = await backendOf(spydra, limits);
  const big = 10n ** 30n;
  const assets = [await minted(spydra, 1_000n, big), await minted(spydra, big, big * big), 'none'];
  const wallets = ['treasury', 'alice', 'bob', 'é', '財産 1'];
  const known = (field: string) => {
    if (field === 'assetId') return assets;
    return /wallet|seller|buyer/i.test(field) ? wallets : [];
  };
  const tally = new Tally();

  await fc.assert(
    fc.asyncProperty(requestsTo(OPERATIONS, known), async (request) => {
      const { method, headers, body } = request;
      const answer = await call(`${method} ${targetOf(request)}`, {
        headers: { 'X-API-Key': ADMIN_KEY, ...headers },
        ...(method === 'GET' || body === undefined ? {} : { body }),
      });
      tally.judge(request, answer, { isBySchema, documented: DOCUMENTED, mayBeUnknown: isDocumentUnderUsedKey });
    }),
    { numRuns: isLong ? scaled(800) : 300, endOnFailure: true },
  );
  tally.print();
  await expectExactBooks(apiOf(sandbox.fetch));
});

/** A document has no transaction by which a write under the key could be recognised. */
function isDocumentUnderUsedKey({ operation, headers }: FuzzedRequest): boolean {
  return operation.route === 'POST /assets/{assetId}/metadata' && USED_KEYS.includes(headers['Idempotency-Key'] ?? '');
}

function isBySchema({ operation, path, query, headers }: FuzzedRequest, body: unknown): boolean {
  const [verb = '', pattern = ''] = operation.route.split(' ');
  const place = ['paths', pattern, verb.toLowerCase()];
  const given: Record<string, unknown> = { ...path, ...Object.fromEntries(query), ...headers };
  const wrongParameters = parametersOf(operation.route).flatMap(({ name, schema, required }, index) => {
    const text = given[name];
    if (text === undefined) return required ? ['is required'] : [];
    if (!schema) return [];
    const value = schema.type === 'integer' && /^\d+$/.test(String(text)) ? Number(text) : text;
    return problemsOf([...place, 'parameters', String(index), 'schema'], value);
  });
  const isOnce = query.length === new Set(query.map(([name]) => name)).size;
  const bodyPlace = [...place, 'requestBody', 'content', 'application/json', 'schema'];
  const isBody = operation.body === undefined || (body !== undefined && problemsOf(bodyPlace, body).length === 0);
  return isOnce && isBody && wrongParameters.length === 0;
}

function parametersOf(route: string): Documented['parameters'] {
  return DOCUMENTED_ROUTES.find(([name]) => name === route)?.[1].parameters ?? [];
}
