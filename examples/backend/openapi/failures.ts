import * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import type { RouteName } from '../../express/index.js';

/*
 * The error responses of the routes: one for each status, with its possible codes.
 */

const A_REQUEST = '7b5a3c1e-2f4d-4c6b-8a9e-0d1f2e3c4b5a';

/** Headers of every answer. */
export const HEADERS = {
  'X-Request-Id': z.string().meta({ description: 'The id of the request, as in the logs.' }),
};

const retryAfter = z.int().min(1).meta({ description: 'Seconds after which to try again.' });
const wait = { 'Retry-After': retryAfter };
const waitPerhaps = { 'Retry-After': retryAfter.optional() };

const problem = z
  .object({
    field: z.string(),
    message: z.string().describe('Completes a sentence that begins with the name of the field.'),
  })
  .meta({ id: 'FieldProblem', examples: [{ field: 'amount', message: 'must be whole tokens, above zero' }] });
const idOfTransaction = z.string().optional().describe('The transaction on the ledger, if there is one.');

const BAD_REQUEST = failure(
  'BadRequest',
  'The request is not valid. Nothing was changed.',
  ['INVALID_INPUT', 'INVALID_REQUEST', 'MALFORMED_JSON', 'UNREADABLE_REQUEST'],
  {
    details: z
      .array(problem)
      .optional()
      .describe('With INVALID_INPUT: every invalid field. Otherwise those that are known.'),
  },
);
const UNAUTHORIZED = failure('Unauthorized', 'The API key or token is missing or not valid.', ['UNAUTHORIZED']);
const FORBIDDEN = failure('Forbidden', 'The caller may not do this.', ['FORBIDDEN', 'NOT_A_SELLER']);
const NOT_FOUND = failure('NotFound', 'There is nothing with this id.', ['NOT_FOUND', 'NO_SUCH_ROUTE']);
const CONFLICT = failure(
  'Conflict',
  "The ledger's state does not allow it. Nothing was changed.",
  [
    'CONFLICT',
    'INSUFFICIENT_BALANCE',
    'SUPPLY_EXCEEDED',
    'IDEMPOTENCY_CONFLICT',
    'TRANSACTION_FAILED',
    'NOT_OFFERED',
    'PRICE_DIFFERS',
  ],
  { details: z.object({ transactionId: idOfTransaction, validationCode: z.string().optional() }).optional() },
);
const TOO_LARGE = failure('BodyTooLarge', 'The body is larger than 100 kB.', ['BODY_TOO_LARGE']);
const NOT_JSON = failure('UnsupportedMediaType', 'The body is not JSON.', [
  'UNSUPPORTED_MEDIA_TYPE',
  'UNSUPPORTED_ENCODING',
]);
const TOO_MANY = failure('RateLimited', 'Too many requests to this server or to Spydra.', ['RATE_LIMITED'], {}, wait);
const INTERNAL = failure('Internal', 'This server failed to process the request.', ['INTERNAL']);
const UPSTREAM_FAILED = failure(
  'UpstreamFailed',
  'Spydra failed to process the request. TRANSACTION_FAILED is final, and nothing was changed.',
  ['UPSTREAM_FAILED', 'TRANSACTION_FAILED'],
  { details: z.object({ transactionId: idOfTransaction }).optional() },
);
const UNAVAILABLE = failure(
  'UpstreamUnavailable',
  'Spydra, or another service that the request needs, is unavailable. Nothing was changed.',
  ['UPSTREAM_UNAVAILABLE', 'LIMITS_UNAVAILABLE', 'KEYS_UNAVAILABLE', 'TOKENS_UNCHECKED'],
  {},
  waitPerhaps,
);
const OUTCOME_UNKNOWN = failure(
  'OutcomeUnknown',
  'It is not known yet whether the write was applied. Check the transactions first; send it again under this key only.',
  ['OUTCOME_UNKNOWN'],
  {
    details: z.object({
      idempotencyKey: z.string().optional().describe('The Idempotency-Key to use if the write is sent again.'),
      transactionId: idOfTransaction,
      metadataId: z
        .string()
        .optional()
        .describe('The id of a document that was accepted: use it to read the document.'),
      stage: z.enum(['submit', 'commit']).describe('submit: sent. commit: accepted, and waiting for its commit.'),
    }),
  },
  waitPerhaps,
);
const UNHEALTHY = failure('Unhealthy', 'Spydra cannot be reached, or refuses this server.', ['UPSTREAM_UNAVAILABLE'], {
  spydra: z.object({ healthy: z.literal(false), message: z.string() }),
});

/** For the health route. */
const OF_HEALTH = { 429: TOO_MANY, 500: INTERNAL, 503: UNHEALTHY };

/** For routes that read. */
const OF_READS = {
  400: BAD_REQUEST,
  404: NOT_FOUND,
  409: CONFLICT,
  429: TOO_MANY,
  500: INTERNAL,
  502: UPSTREAM_FAILED,
  503: UNAVAILABLE,
};

/** For routes that write. */
const OF_WRITES = {
  ...OF_READS,
  401: UNAUTHORIZED,
  403: FORBIDDEN,
  413: TOO_LARGE,
  415: NOT_JSON,
  504: OUTCOME_UNKNOWN,
};

/** For the stream of events. */
const OF_EVENTS = { 401: UNAUTHORIZED, 403: FORBIDDEN, 429: TOO_MANY, 500: INTERNAL, 503: UNAVAILABLE };

/** The error responses of a route by status. */
export function failuresOf(route: RouteName | 'GET /events'): Readonly<Record<number, ZodOpenApiResponseObject>> {
  if (route === 'GET /health') return OF_HEALTH;
  if (route === 'GET /events') return OF_EVENTS;
  return route.startsWith('GET ') ? OF_READS : OF_WRITES;
}

function failure(
  id: string,
  description: string,
  codes: readonly [string, ...string[]],
  more: z.ZodRawShape = {},
  headers: z.ZodRawShape = {},
): ZodOpenApiResponseObject {
  const schema = z
    .object({
      success: z.literal(false),
      error: z.string().meta({ description: 'A sentence for a person.', examples: [description] }),
      code: z.enum(codes),
      requestId: z.string().meta({ description: 'As in X-Request-Id.', examples: [A_REQUEST] }),
      ...more,
    })
    .meta({ id: `${id}Error` });
  return {
    id,
    description,
    headers: z.object({ ...HEADERS, ...headers }),
    content: { 'application/json': { schema } },
  };
}
