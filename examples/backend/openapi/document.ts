import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { ROUTES, type Role, type Route, type RouteName, type SampleAssets } from '../../express/index.js';
import { EVENTS_PATH } from '../events/contract.js';
import { failuresOf, HEADERS } from './failures.js';

const ABOUT = `Tokenised assets on a Hyperledger Fabric network that Spydra runs.

A route that writes responds when the ledger has committed the write. Send your own \`Idempotency-Key\` with every write:
however often it is repeated under that key, it takes effect once. A **504** is not a failure: the tokens may have moved.
Its \`details\` contain the key to use if the request has to be sent again.

Amounts are whole tokens, and money is US dollars: exact JSON numbers. Beyond 2^53 tokens, or 15 digits of a price, read
them with a parser that keeps all digits; the view of responses on this page does not. They have at most 1,000 digits
when written without an exponent, as has the pricePerToken that is computed from value and supply.

An id in a write (of an asset or a wallet) is in Unicode NFC, has at most 256 UTF-16 code units, and contains no
invisible character, no white space other than inner spaces, no slash and no control character: two ids that look the
same are the same. Existing entries with other ids can be read.

Metadata keeps all digits. A number in it that neither a double nor an integer can represent is returned as a string of
its digits.

Too many requests are refused with 429; \`Retry-After\` says when to try again.`;

const TAGS = [
  { name: 'Assets', description: 'Tokenised assets and their history.' },
  { name: 'Tokens', description: 'Mint, burn, transfer and sell tokens; holders and supply.' },
  { name: 'Wallets', description: 'Balances and transactions of a wallet.' },
  { name: 'Events', description: 'Transactions as they are committed.' },
  { name: 'Transactions', description: 'A transaction, and what became of a write.' },
  { name: 'Health', description: 'Whether Spydra is available.' },
];

const SECURITY_SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An admin key.' },
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A JWT with a role and, for investors, a wallet.',
  },
} as const;

/** Who may call, as a sentence. */
const CALLERS: Readonly<Record<Role, string>> = {
  everybody: 'Public.',
  admin: 'For admins.',
  investor: 'For admins, and for the investor whose token names the wallet of the buyer.',
};

const REQUEST_ID = z
  .string()
  .regex(/^[\w.:-]{1,128}$/)
  .optional()
  .meta({
    description: 'Your own id for the request. If it is missing or not valid, the server generates one.',
    param: { id: 'RequestId', in: 'header', name: 'X-Request-Id' },
  });

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** Placeholders for a ledger without known assets. */
const NO_SAMPLE: SampleAssets = { assetId: 'draft-of-yours', publishedId: 'asset-of-yours' };

/** Builds the OpenAPI 3.1 document of the documented routes, mounted at `path`. */
export function openApiDocument(path: string, sample = NO_SAMPLE): OpenApiDocument {
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: { title: 'Spydra backend', version: '1.0.0', description: ABOUT },
    servers: [{ url: path, description: 'This server' }],
    tags: TAGS,
    paths: { ...pathsWith(sample), ...EVENTS_PATH },
    components: { securitySchemes: SECURITY_SCHEMES },
  };
  return createDocument(document, { override: openAnswers });
}

/** Zod forbids additional fields in responses, but clients have to tolerate new ones. */
const openAnswers: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

function pathsWith(sample: SampleAssets): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    const [method = '', path = ''] = name.split(' ');
    const named = path.replace(/:(\w+)/g, '{$1}');
    paths[named] = { ...paths[named], [method.toLowerCase()]: described(name, ROUTES[name], sample) };
  }
  return paths;
}

function described(name: RouteName, route: Route, sample: SampleAssets): ZodOpenApiOperationObject {
  const { operationId, summary, description = '', role, request, answer } = route;
  const { params = {}, body: example } = route.example?.(sample) ?? {};
  const [status, schema] = answer;
  const { query, headers, body, ...path } = request.shape;
  return {
    operationId,
    tags: [tagOf(name)],
    summary,
    description: `${description} ${CALLERS[role]}`.trim(),
    security: role === 'everybody' ? [] : [{ apiKey: [] }, { token: [] }],
    parameters: [REQUEST_ID],
    requestParams: {
      path: withExamples(path.params, params),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body, example } } } }),
    responses: {
      [`${status}`]: {
        description: status === 201 ? 'Created.' : 'Done.',
        headers: z.object(HEADERS),
        content: { 'application/json': { schema } },
      },
      ...failuresOf(name),
    },
  };
}

/** Routes are grouped by the first part of their path. */
function tagOf(name: RouteName): string {
  const [, first = ''] = name.split('/');
  return first.charAt(0).toUpperCase() + first.slice(1);
}

function withExamples(params: z.ZodObject, examples: Readonly<Record<string, string>>): z.ZodObject {
  const shape = Object.entries<z.ZodType>(params.shape).map(([name, schema]) => [
    name,
    schema.meta({ param: { example: examples[name] } }),
  ]);
  return z.object(Object.fromEntries(shape));
}
