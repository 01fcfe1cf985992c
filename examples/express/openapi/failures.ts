import * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';

/*
 * What routes answer when they did not do what was asked: one answer for each status, with the codes that it comes with.
 */

const A_REQUEST = '7b5a3c1e-2f4d-4c6b-8a9e-0d1f2e3c4b5a';

/** Headers of every answer. */
export const HEADERS = {
  'X-Request-Id': z.string().meta({ description: "The request's id, for whoever reads the logs." }),
};

const retryAfter = z.int().min(1).meta({ description: 'Seconds after which to try again.' });
const wait = { 'Retry-After': retryAfter };
const waitPerhaps = { 'Retry-After': retryAfter.optional() };

const problem = z
  .object({ field: z.string(), message: z.string().describe("Goes on after the field's name.") })
  .meta({ id: 'FieldProblem', examples: [{ field: 'amount', message: 'must be whole tokens, above zero' }] });
const idOfTransaction = z.string().optional().describe('The transaction on the ledger, if it gave one.');

const BAD_REQUEST = failure(
  'BadRequest',
  'The request is not valid. Nothing was changed.',
  ['INVALID_INPUT', 'INVALID_REQUEST', 'MALFORMED_JSON', 'UNREADABLE_REQUEST'],
  { details: z.array(problem).optional().describe('With INVALID_INPUT: every bad field.') },
);
const UNAUTHORIZED = failure('Unauthorized', 'Nobody is known by what was sent to say who asks.', ['UNAUTHORIZED']);
const FORBIDDEN = failure('Forbidden', 'Whoever asks may not do this.', ['FORBIDDEN']);
const NOT_FOUND = failure('NotFound', 'There is nothing by this id.', ['NOT_FOUND', 'NO_SUCH_ROUTE']);
const CONFLICT = failure(
  'Conflict',
  "The ledger's state does not allow it. Nothing was changed.",
  ['CONFLICT', 'INSUFFICIENT_BALANCE', 'SUPPLY_EXCEEDED', 'IDEMPOTENCY_CONFLICT', 'TRANSACTION_FAILED'],
  { details: z.object({ transactionId: idOfTransaction, validationCode: z.string().optional() }).optional() },
);
const TOO_LARGE = failure('BodyTooLarge', 'The body is larger than 100 kB.', ['BODY_TOO_LARGE']);
const NOT_JSON = failure('UnsupportedMediaType', 'The body is not JSON.', [
  'UNSUPPORTED_MEDIA_TYPE',
  'UNSUPPORTED_ENCODING',
]);
const TOO_MANY = failure('RateLimited', 'Too many requests, here or at Spydra.', ['RATE_LIMITED'], {}, wait);
const INTERNAL = failure('Internal', 'This server failed on the request.', ['INTERNAL']);
const UPSTREAM_FAILED = failure(
  'UpstreamFailed',
  'Spydra did not do what was asked. TRANSACTION_FAILED is final, and changed nothing.',
  ['UPSTREAM_FAILED', 'TRANSACTION_FAILED'],
  { details: z.object({ transactionId: idOfTransaction }).optional() },
);
const UNAVAILABLE = failure(
  'UpstreamUnavailable',
  'Spydra, or what else is needed to let the request pass, cannot be reached. Nothing was changed.',
  ['UPSTREAM_UNAVAILABLE', 'LIMITS_UNAVAILABLE', 'TOKENS_UNCHECKED'],
  {},
  waitPerhaps,
);
const OUTCOME_UNKNOWN = failure(
  'OutcomeUnknown',
  'Nobody can tell yet whether the write was applied. Look for the transaction; send it again only under this key.',
  ['OUTCOME_UNKNOWN'],
  {
    details: z.object({
      idempotencyKey: z.string().describe('To be sent as Idempotency-Key if the write is sent again.'),
      transactionId: idOfTransaction,
      stage: z.enum(['submit', 'commit']).describe('Sent, or accepted and waiting for its commit.'),
    }),
  },
);
const UNHEALTHY = failure('Unhealthy', 'Spydra cannot be reached, or refuses this server.', ['UPSTREAM_UNAVAILABLE'], {
  spydra: z.object({ healthy: z.literal(false), message: z.string() }),
});

/** Of the route that asks how Spydra is. */
export const OF_HEALTH = { 429: TOO_MANY, 500: INTERNAL, 503: UNHEALTHY };

/** Of routes that read. */
export const OF_READS = {
  400: BAD_REQUEST,
  404: NOT_FOUND,
  409: CONFLICT,
  429: TOO_MANY,
  500: INTERNAL,
  502: UPSTREAM_FAILED,
  503: UNAVAILABLE,
};

/** Of routes that write. */
export const OF_WRITES = {
  ...OF_READS,
  401: UNAUTHORIZED,
  403: FORBIDDEN,
  413: TOO_LARGE,
  415: NOT_JSON,
  504: OUTCOME_UNKNOWN,
};

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
