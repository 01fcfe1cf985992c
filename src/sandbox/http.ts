import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { type Json, type JsonObject, parseForeignJson, toJson } from './json.js';
import { Refusal, type RefusalCode } from './refusal.js';
import { findRoute, isBelowApi, REST_ROOT, type Route } from './router.js';
import { messageOf } from './thrown.js';

/** The largest request body that is read, in bytes. */
export const MAX_BODY_BYTES = 1 << 20;

const STATUS: Record<RefusalCode, number> = {
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_CONFIGURED: 403,
  INDIRECT_CALL: 403,
  NOT_FOUND: 404,
  UNKNOWN_FUNCTION: 404,
  INSUFFICIENT_BALANCE: 409,
  SUPPLY_EXCEEDED: 409,
  SWEEP_REQUIRED: 409,
  IDEMPOTENCY_CONFLICT: 409,
  KEY_VOIDED: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNAVAILABLE: 503,
};

export type HttpHandler = (request: Request) => Promise<Response>;

/** Handles HTTP requests by a table of routes: authentication, dispatch, errors. */
export function createHttpHandler(
  routes: readonly Route[],
  { apiKey, warn }: { readonly apiKey: string; readonly warn: (message: string) => void },
): HttpHandler {
  const handle = async (request: Request) => {
    const requestId = requestIdOf(request);
    try {
      ensurePlace(request);
      authenticate(request, apiKey);
      const result = await call(routes, request);
      if (!(result instanceof Response)) return answer(200, result, requestId);
      if (result.type !== 'error') result.headers.set('x-request-id', requestId);
      return result;
    } catch (error) {
      if (error instanceof Refusal) return refuse(error, requestId);
      warn(`The sandbox failed on ${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}`);
      return answer(500, { code: 'INTERNAL', message: 'The sandbox failed on this call.', requestId }, requestId);
    }
  };
  return async (request) => (request.method === 'HEAD' ? headOf(await handle(request)) : handle(request));
}

/** The response to a GET, without the body. */
async function headOf(response: Response): Promise<Response> {
  const headers = new Headers(response.headers);
  headers.set('content-length', String((await response.arrayBuffer()).byteLength));
  return new Response(null, { status: response.status, headers });
}

/** The response to a request without a route. */
export function notFound(method = '', path = ''): Refusal {
  return new Refusal('NOT_FOUND', `There is no route ${method} ${path}.`);
}

/** Names the paths of the APIs in the response to other paths, such as those of a base URL without `/v2`. Needs no key. */
function ensurePlace(request: Request): void {
  const { origin, pathname } = new URL(request.url);
  if (isBelowApi(pathname)) return;
  throw new Refusal(
    'NOT_FOUND',
    `There is nothing at ${pathname}. The platform of this sandbox (SPYDRA_PLATFORM_URL) is at ${origin}, and the base URL of its REST API (SPYDRA_BASE_URL) is ${origin}${REST_ROOT}.`,
  );
}

/** The response to a refused request. */
export function refuse({ code, message, details }: Refusal, requestId: string = randomUUID()): Response {
  return answer(STATUS[code], { code, message, requestId, details }, requestId);
}

async function call(routes: readonly Route[], request: Request): Promise<JsonObject | Response> {
  const { headers } = request;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const { pathname, searchParams: query } = new URL(request.url);
  const found = findRoute(routes, method, pathname);
  if (found === undefined) throw notFound(method, pathname);
  const { route, params, path } = found;
  const body = method === 'GET' ? null : await readJson(request);
  return route.operation({ method, path, params, query, headers, body });
}

/** Compares digests, which are of equal length, so that the time reveals nothing about the key. */
function authenticate(request: Request, apiKey: string): void {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (timingSafeEqual(digest(request.headers.get('x-api-key') ?? ''), digest(apiKey))) return;
  throw new Refusal('UNAUTHORIZED', 'The header X-API-Key is missing, or its key is not the one of this sandbox.');
}

async function readJson(request: Request): Promise<Json> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity') {
    throw new Refusal(
      'UNSUPPORTED_MEDIA_TYPE',
      `The body is encoded as ${encoding}: send it without Content-Encoding.`,
    );
  }
  const bytes = await readBytes(request);
  try {
    return parseForeignJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const message = messageOf(error);
    throw new Refusal('INVALID_REQUEST', `The body is not valid JSON: ${message}.`, [{ field: 'body', message }]);
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw new Refusal('PAYLOAD_TOO_LARGE', 'The body is larger than 1 MiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The caller's own id, if it is safe in a header and a log; a new one otherwise. */
function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id') ?? '';
  return /^[\x21-\x7e]{1,128}$/.test(given) ? given : randomUUID();
}

function answer(status: number, body: JsonObject, requestId: string): Response {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': requestId };
  return new Response(toJson(body), { status, headers });
}
