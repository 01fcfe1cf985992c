import type * as z from 'zod/mini';
import type { Call, Operation } from '../core/call.js';
import { idProblem } from '../core/ids.js';
import { stringifyJson } from '../core/json.js';
import { InvalidInputError } from '../errors.js';

/** Where a request goes. */
export interface Path {
  /** Percent-encoded, below the base URL. */
  readonly path: string;
  /** The path without ids, as in `…/assets/:id`: what requests of one kind have in common. */
  readonly route: string;
}

/**
 * Makes a tag that builds paths below a place from ids, each percent-encoded.
 *
 * @throws InvalidInputError for a segment that could lead elsewhere: `..`, a slash, an object, nothing.
 */
export function pathsBelow(place: string) {
  return (strings: TemplateStringsArray, ...ids: unknown[]): Path => ({
    path: place + String.raw({ raw: strings }, ...ids.map(encode)),
    route: `…${strings.join(':id')}`,
  });
}

function encode(id: unknown): string {
  const problem = idProblem(id, 'read');
  if (problem) throw new InvalidInputError([{ field: 'path segment', message: problem }]);
  return encodeURIComponent(id as string);
}

/** One request of the REST API, and the schema of its response. */
export interface ApiRequest<T> extends Path {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly schema: z.ZodMiniType<T>;
  /** Fields of the response that must equal the request's, such as `assetId`. */
  readonly expect?: Partial<T>;
}

/** A prepared request: every attempt sends exactly the same. */
export interface Prepared<T> extends ApiRequest<T> {
  readonly url: string;
  readonly json: string | undefined;
  /** Ends where the path begins. */
  readonly baseUrl: string;
  /** For messages to the developer, without query and secrets: `GET https://api.spydra.io/v2/projects/…/assets/a1`. */
  readonly name: string;
  /** For measurements and logs, without ids: `GET …/assets/:id`. */
  readonly kind: string;
  readonly requestId: string;
  readonly operation: Operation;
  /** Takes secrets out of what goes into an error. */
  readonly redact: (value: unknown) => unknown;
}

export function prepare<T>(
  request: ApiRequest<T>,
  baseUrl: string,
  call: Call,
  redact: Prepared<T>['redact'],
): Prepared<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const item of [value].flat()) if (item !== undefined) query.append(name, String(item));
  }
  return {
    ...request,
    url: `${baseUrl}${request.path}${query.size > 0 ? `?${query}` : ''}`,
    json: request.body === undefined ? undefined : stringifyJson(request.body),
    baseUrl,
    // Lazy: errors alone read it, and redaction takes time.
    get name() {
      return String(redact(`${request.method} ${baseUrl}${request.path}`));
    },
    kind: `${request.method} ${request.route}`,
    requestId: givenRequestId(call) ?? crypto.randomUUID(),
    operation: request.method === 'GET' ? 'read' : 'write',
    redact,
  };
}

/** The id that the caller gave to all requests of a call, if any. */
export function givenRequestId(call: Pick<Call, 'headers'>): string | undefined {
  return call.headers['x-request-id'] || undefined;
}

/** The options of fetch. The SDK's headers override the caller's: all names are in lower case. */
export function fetchOptions(request: Prepared<unknown>, call: Call, apiKey: string, signal: AbortSignal) {
  const { method, json, idempotencyKey, requestId } = request;
  return {
    method,
    headers: {
      ...call.headers,
      accept: 'application/json',
      // For caches on the way, which do not see fetch's option.
      'cache-control': 'no-store',
      'x-api-key': apiKey,
      'x-request-id': requestId,
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
    signal,
    ...(json !== undefined && { body: asBody(json) }),
    // A redirect would send the API key, and a write, to wherever it points.
    redirect: 'manual',
  } as const;
}

/** Deno's fetch sends a text again, a write too, when a connection that was used before breaks; a Blob it does not. */
function asBody(json: string): string | Blob {
  return 'Deno' in globalThis ? new Blob([json]) : json;
}
