import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectExactBooks } from '../../helpers/fuzz/books.js';
import type { Schema } from '../../helpers/fuzz/by-schema.js';
import { Tally } from '../../helpers/fuzz/judge.js';
import { type FuzzedRequest, type Operation, requestsTo, targetOf } from '../../helpers/fuzz/requests.js';
import { isLong, scaled } from '../../helpers/scale.js';
import { APP, createAsset, mint, NETWORK, start } from './harness.js';

/* What the contract of Spydra REST v2 says of each route. */

const text: Schema = { type: 'string', pattern: '\\S' };
const anyId: Schema = { type: 'string', pattern: '^[^/\\\\\\u0000-\\u001f]+$' };
const tokens: Schema = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: '^0*[1-9]\\d*$' },
  ],
};
const dollars: Schema = {
  anyOf: [
    { type: 'number', minimum: 0 },
    { type: 'string', pattern: '^(0|[1-9]\\d*)(\\.\\d+)?$' },
  ],
};
const metadata: Schema = { type: 'object' };
const object = (properties: Record<string, Schema>, ...optional: string[]): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
const ASSET = {
  ...{ name: text, symbol: text, description: text, assetType: text, totalValue: dollars, totalSupply: tokens },
  ...{ pricePerToken: dollars, status: text, metadata },
};
const asset = object(ASSET, 'metadata');
const updates = object(ASSET, ...Object.keys(ASSET));
const moved = (wallets: Record<string, Schema>) =>
  object({ assetId: anyId, ...wallets, amount: tokens, metadata }, 'metadata');

const page = { limit: { type: 'integer', minimum: 1, maximum: 1_000 }, offset: { type: 'integer', minimum: 0 } };
const listed = { assetId: text, walletId: text, type: text, idempotencyKey: text, sortBy: text, sortOrder: text };

function operation(route: string, query: Record<string, Schema> = {}, body?: Schema): Operation {
  const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({ name, schema: anyId }));
  const inQuery = Object.entries(query).map(([name, schema]) => ({ name, schema }));
  return { route, inPath, inQuery, ...(body && { body }) };
}

const OPERATIONS = [
  operation(`POST ${APP}/assets`, {}, object({ schemaId: anyId, creatorWallet: anyId, asset })),
  operation(`GET ${APP}/assets/{assetId}`),
  operation(`PUT ${APP}/assets/{assetId}`, {}, object({ assetId: anyId, updaterWallet: anyId, updates })),
  operation(`GET ${APP}/assets`, { assetType: text, status: text, ...page }),
  operation(`POST ${APP}/tokens/mint`, {}, moved({ minterWallet: anyId, recipientWallet: anyId })),
  operation(`POST ${APP}/tokens/burn`, {}, moved({ burnerWallet: anyId, holderWallet: anyId })),
  operation(`POST ${APP}/tokens/transfer`, {}, moved({ fromWallet: anyId, toWallet: anyId })),
  operation(`GET ${APP}/balances/{walletId}`, { assetId: text }),
  operation(`GET ${NETWORK}/transactions/{transactionId}`),
  operation(`GET ${NETWORK}/transactions`, { ...listed, ...page }),
  operation(`POST ${APP}/metadata`, {}, object({ assetId: anyId, metadata, timestamp: text })),
  operation(`GET ${APP}/metadata/{metadataId}`),
];

/** The refusals of requests that are valid by the document's schemas. */
const DOCUMENTED = [
  // Ids in writes.
  /^must be at most 256 UTF-16 code units$/,
  /^must not have white space at its ends$/,
  /^must not be a step in a path$/,
  /^must not hold /,
  /^must be in the normalization form NFC$/,
  // Amounts.
  /^must be a whole number of tokens, of 1000 digits or fewer$/,
  /^must be an amount in US dollars, 0 or more, of 1000 digits or fewer$/,
  // Two fields that contradict each other.
  /^must be the asset that the path names$/,
  /^must not be the wallet that the tokens come from$/,
  // Ambiguous JSON, or too deep.
  /^Duplicate key /,
  /^it is nested more than 100 levels deep$/,
  /^must be 1 to 255 visible ASCII characters$/,
];

const ajv = new Ajv2020();

test('random requests get documented responses, and balances match the writes', async () => {
  const { api } = start({ onWarning: (warning) => expect.fail(warning) });
  const supply = 10n ** 60n;
  const assets = [await createAsset(api, { totalSupply: supply }), await createAsset(api), 'none'];
  await mint(api, assets[0] ?? '', 'alice', 10n ** 30n);
  await mint(api, assets[1] ?? '', 'bob', 1_000);
  const known = (field: string) => {
    if (field === 'assetId') return assets;
    if (field === 'schemaId') return ['sandbox-schema'];
    return /wallet/i.test(field) ? ['alice', 'bob', 'é', '財産 1'] : [];
  };
  const tally = new Tally();

  await fc.assert(
    fc.asyncProperty(requestsTo(OPERATIONS, known), async (request) => {
      const { method, headers, body } = request;
      const sent = method === 'GET' || body === undefined ? {} : { body };
      const answer = await api.send(targetOf(request), { method, headers: { ...headers }, ...sent });
      tally.judge(request, answer, { isBySchema, documented: DOCUMENTED });
    }),
    { numRuns: isLong ? scaled(400) : 150, endOnFailure: true },
  );
  tally.print();
  await expectExactBooks(api);
});

/** The sandbox decides which queries are valid. */
function isBySchema({ operation, query }: FuzzedRequest, body: unknown): boolean {
  return query.length === 0 && (operation.body === undefined || ajv.validate(operation.body, body));
}
