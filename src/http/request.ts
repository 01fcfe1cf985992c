import type * as z from 'zod';
import type { Call } from '../call.js';
import type { ErrorDetails } from '../errors.js';
import { stringifyJson } from './json.js';
import type { Path } from './path.js';
import { type Failure, judge } from './retry-policy.js';

/** One request of the REST API, and what its answer must hold. */
export interface ApiRequest<T> extends Path {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly schema: z.ZodType<T>;
  /** What must stand in the answer: one about something else than was asked for must not pass for it. */
  readonly about?: Partial<T>;
}

/** A request made ready: what every attempt sends again, letter by letter. */
export interface Prepared<T> extends ApiRequest<T> {
  readonly url: string;
  readonly json: string | undefined;
  /** For messages and logs: `POST /projects/…/tokens/mint`. */
  readonly name: string;
  /** For measurements: `POST …/tokens/mint`. */
  readonly kind: string;
  readonly requestId: string;
  readonly operation: 'read' | 'write';
}

export function prepare<T>(request: ApiRequest<T>, baseUrl: string, call: Call): Prepared<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const item of [value].flat()) if (item !== undefined) query.append(name, String(item));
  }
  return {
    ...request,
    url: `${baseUrl}${request.path}${query.size > 0 ? `?${query}` : ''}`,
    json: request.body === undefined ? undefined : stringifyJson(request.body),
    name: `${request.method} ${request.path}`,
    kind: `${request.method} ${request.route}`,
    requestId: givenRequestId(call) ?? crypto.randomUUID(),
    operation: request.method === 'GET' ? 'read' : 'write',
  };
}

/** The id that the caller gave to all requests of a call, if any. */
export function givenRequestId(call: Pick<Call, 'headers'>): string | undefined {
  return new Headers(call.headers).get('X-Request-Id') ?? undefined;
}

/** What an attempt gives to fetch. Our headers stand above the caller's. */
export function fetchOptions(request: Prepared<unknown>, call: Call, apiKey: string, signal: AbortSignal) {
  const headers = new Headers(call.headers);
  headers.set('Accept', 'application/json');
  headers.set('X-API-Key', apiKey);
  headers.set('X-Request-Id', request.requestId);
  if (request.json !== undefined) headers.set('Content-Type', 'application/json');
  if (request.idempotencyKey !== undefined) headers.set('Idempotency-Key', request.idempotencyKey);
  return {
    method: request.method,
    headers,
    signal,
    ...(request.json === undefined ? {} : { body: request.json }),
    // A redirect would carry the key, and a write, to wherever it points.
    redirect: 'manual',
  } as const;
}

/** What an error says of a failed request: whether it may be sent again, and what is known of its effect. */
export function failureDetails(
  failure: Failure,
  request: Prepared<unknown>,
  answer?: { readonly status: number; readonly requestId: string | null },
): ErrorDetails {
  const { retry, outcome } = judge(failure, request.operation);
  return {
    retryable: retry,
    outcome,
    requestId: answer?.requestId ?? request.requestId,
    status: answer?.status,
    idempotencyKey: request.idempotencyKey,
  };
}
