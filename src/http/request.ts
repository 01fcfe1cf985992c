import type * as z from 'zod/mini';
import type { Call, Operation } from '../core/call.js';
import { idProblem } from '../core/ids.js';
import { stringifyJson } from '../core/json.js';
import { InvalidInputError, type SpydraError } from '../errors.js';
import type { Redactor } from './redaction.js';

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
  return ([start = '', ...rest]: TemplateStringsArray, ...ids: unknown[]): Path => {
    let path = place + start;
    let route = `…${start}`;
    for (const [index, text] of rest.entries()) {
      path += encode(ids[index]) + text;
      route += `:id${text}`;
    }
    return { path, route };
  };
}

function encode(id: unknown): string {
  const problem = idProblem(id, 'read');
  if (problem) throw new InvalidInputError([{ field: 'path segment', message: problem }]);
  return encodeURIComponent(id as string);
}

/** One request, and the schema of its response. */
export interface ApiRequest<T> {
  readonly at: Path;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>> | undefined;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly schema: z.ZodMiniType<T>;
  /** Fields of the response that must equal the request's, such as `assetId`. */
  readonly expect?: Partial<T> | undefined;
  /** Default: GET reads, and all else writes. */
  readonly operation?: Operation | undefined;
  /** The error that the body of a response states which is not what was asked for; it holds no secrets. */
  readonly errorIn?: ((body: string, status: number) => SpydraError | undefined) | undefined;
}

/** Where an API is, and the variable that names it. */
export interface BaseUrl {
  readonly baseUrl: string;
  readonly variable: string;
}

/** A prepared request: every attempt sends exactly the same. */
export class Prepared<T> {
  readonly method: ApiRequest<T>['method'];
  readonly path: string;
  /** The path without ids. */
  readonly route: string;
  readonly url: string;
  readonly json: string | undefined;
  readonly schema: ApiRequest<T>['schema'];
  readonly expect: Partial<T> | undefined;
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
  /** A header's value by which its requests are recognised: the idempotency key, or an id of its own. */
  readonly mark: string | undefined;
  readonly operation: Operation;
  readonly errorIn: ApiRequest<T>['errorIn'];
  /** Ends where the path begins. */
  readonly baseUrl: string;
  /** The variable that names the base URL. */
  readonly variable: string;
  readonly #redactor: Redactor;

  constructor(request: ApiRequest<T>, { baseUrl, variable }: BaseUrl, call: Call, redactor: Redactor) {
    const { at, method, query, body, schema, expect, idempotencyKey, operation } = request;
    this.method = method;
    this.path = at.path;
    this.route = at.route;
    this.url = baseUrl + at.path + (query === undefined ? '' : queryOf(query));
    this.json = body === undefined ? undefined : stringifyJson(body);
    this.schema = schema;
    this.expect = expect;
    this.idempotencyKey = idempotencyKey;
    const given = givenRequestId(call);
    this.requestId = given ?? crypto.randomUUID();
    // An id that the caller gave may be that of several requests.
    this.mark = idempotencyKey ?? (given === undefined ? this.requestId : undefined);
    this.operation = operation ?? (method === 'GET' ? 'read' : 'write');
    this.errorIn = request.errorIn;
    this.baseUrl = baseUrl;
    this.variable = variable;
    this.#redactor = redactor;
  }

  /** For messages to the developer, without query and secrets: `GET https://api.spydra.io/v2/projects/…/assets/a1`. */
  get name(): string {
    return String(this.redact(`${this.method} ${this.baseUrl}${this.path}`));
  }

  /** For measurements and logs, without ids: `GET …/assets/:id`. */
  get kind(): string {
    return `${this.method} ${this.route}`;
  }

  /** Takes secrets out of what goes into an error. */
  redact(value: unknown): unknown {
    return this.#redactor.redact(value);
  }
}

/** With its question mark; empty if no parameter has a value. */
function queryOf(query: NonNullable<ApiRequest<unknown>['query']>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of [value].flat()) if (item !== undefined) parameters.append(name, String(item));
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}

/** The id that the caller gave to all requests of a call, if any. */
export function givenRequestId(call: Pick<Call, 'headers'>): string | undefined {
  return call.headers['x-request-id'] || undefined;
}

/** The options of fetch and ofetch. The SDK's headers override the caller's: all names are in lower case. */
export function fetchOptions(request: Prepared<unknown>, call: Call, apiKey: string, signal: AbortSignal) {
  const { method, json, idempotencyKey, requestId } = request;
  const headers: Record<string, string> = {
    ...call.headers,
    accept: 'application/json',
    // For caches on the way, which do not see fetch's option.
    'cache-control': 'no-store',
    'x-api-key': apiKey,
    'x-request-id': requestId,
  };
  if (json !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  const options = {
    method,
    headers,
    signal,
    // A redirect would send the API key, and a write, to wherever it points.
    redirect: 'manual',
    cache: 'no-store',
    // Of ofetch: the whole response, its body included, of any status.
    responseType: 'text',
    retry: false,
    ignoreResponseError: true,
  } as const;
  return json === undefined ? options : { ...options, body: asBody(json) };
}

/** Deno's fetch sends a text again, a write too, when a connection that was used before breaks; a Blob it does not. */
function asBody(json: string): string | Blob {
  return 'Deno' in globalThis ? new Blob([json]) : json;
}
