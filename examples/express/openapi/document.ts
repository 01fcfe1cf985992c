import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { PERMISSIONS, type Permission, type Role, type RouteName } from '../access/permissions.js';
import { type Example, examplesOf, type SampleAssets } from './examples.js';
import { HEADERS } from './failures.js';
import type { Operation } from './operation.js';
import { OPERATIONS } from './operations.js';

const ABOUT = `Tokenised assets on a Hyperledger Fabric network that Spydra runs.

A route that writes answers when the ledger has committed the write. Send every write with an \`Idempotency-Key\` of your
own: repeated under it, the write takes effect once. A **504** is no failure: the tokens may have moved. Its \`details\`
say under which key to send the request again, if it has to be.

Amounts are whole tokens, and money is US dollars: JSON numbers, exact to the last digit. Beyond 2^53 tokens, or 15
digits of a price, read them with a parser that keeps all digits; the view of answers on this page does not.

Whoever calls too often is answered 429, and told in \`Retry-After\` when to come again.`;

const TAGS = [
  { name: 'Assets', description: 'What is tokenised.' },
  { name: 'Tokens', description: 'Minting, moving and selling; who holds them.' },
  { name: 'Wallets', description: 'What they hold, and what moved.' },
  { name: 'Health', description: 'Whether Spydra answers.' },
];

const SECURITY_SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: "An admin's key." },
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Names a role, and an investor’s wallet.',
  },
} as const;

const ROLES: Readonly<Record<Role, string>> = {
  admin: 'admins',
  investor: 'the investor whose token names the wallet of the buyer',
  user: 'users',
};

const REQUEST_ID = z
  .string()
  .regex(/^[\w.:-]{1,128}$/)
  .optional()
  .meta({
    description: 'Your own id for the request; without one, or for one that is not usable, an id is made.',
    param: { id: 'RequestId', in: 'header', name: 'X-Request-Id' },
  });

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** Until the ledger's own are known. */
const NO_SAMPLE: SampleAssets = { assetId: 'draft-of-yours', publishedId: 'asset-of-yours' };

/** The contract of the documented routes, mounted at `path`, as OpenAPI 3.1. */
export function openApiDocument(path: string, sample = NO_SAMPLE): OpenApiDocument {
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: { title: 'Spydra backend', version: '1.0.0', description: ABOUT },
    servers: [{ url: path, description: 'This server' }],
    tags: TAGS,
    paths: pathsWith(examplesOf(sample)),
    components: { securitySchemes: SECURITY_SCHEMES },
  };
  return createDocument(document, { override: openAnswers });
}

/** Zod closes objects in what is answered; clients are to bear fields that are new. */
const openAnswers: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

function pathsWith(examples: Readonly<Record<string, Example>>): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of Object.keys(OPERATIONS) as RouteName[]) {
    const operation = described(OPERATIONS[route], PERMISSIONS[route], examples[route]);
    const [method = '', path = ''] = route.split(' ');
    const named = path.replace(/:(\w+)/g, '{$1}');
    paths[named] = { ...paths[named], [method.toLowerCase()]: operation };
  }
  return paths;
}

function described(operation: Operation, callers: Permission, example: Example = {}): ZodOpenApiOperationObject {
  const { params = {}, body } = example;
  const { operationId, tag, summary, description = '', request, success, failures } = operation;
  const [status, answer] = success;
  const parts = request?.shape;
  return {
    operationId,
    tags: [tag],
    summary,
    description: `${description} ${audience(callers)}`.trim(),
    security: callers === 'everybody' ? [] : [{ apiKey: [] }, { token: [] }],
    parameters: [REQUEST_ID],
    requestParams: {
      ...(parts && { path: withExamples(parts.params, params) }),
      ...(parts?.query && { query: parts.query }),
      ...(parts?.headers && { header: parts.headers }),
    },
    ...(parts?.body && {
      requestBody: { required: true, content: { 'application/json': { schema: parts.body, example: body } } },
    }),
    responses: {
      [`${status}`]: {
        description: status === 201 ? 'Created.' : 'Done.',
        headers: z.object(HEADERS),
        content: { 'application/json': { schema: answer } },
      },
      ...failures,
    },
  };
}

function audience(callers: Permission): string {
  return callers === 'everybody' ? 'For everybody.' : `For ${callers.map((role) => ROLES[role]).join(', and for ')}.`;
}

function withExamples(params: z.ZodObject, examples: Readonly<Record<string, string>>): z.ZodObject {
  const shape = Object.entries<z.ZodType>(params.shape).map(([name, schema]) => [
    name,
    schema.meta({ param: { example: examples[name] } }),
  ]);
  return z.object(Object.fromEntries(shape));
}
