import type { HttpHandler } from './http.js';

/** The origins whose web pages may call, or all. */
export type CorsOrigins = '*' | readonly string[];

/** Seconds for which a browser caches a preflight response. */
const REMEMBERED = '600';

/** Adds CORS to a handler: responses to preflight requests, and headers that allow pages to read responses. */
export function withCors(handle: HttpHandler, origins: CorsOrigins): HttpHandler {
  return async (request) => {
    const origin = request.headers.get('origin');
    if (origin === null || (origins !== '*' && !origins.includes(origin))) return handle(request);
    const isPreflight = request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
    const response = isPreflight ? preflight(request) : await handle(request);
    response.headers.set('access-control-allow-origin', origins === '*' ? '*' : origin);
    response.headers.set('access-control-expose-headers', 'Retry-After, X-Request-Id');
    response.headers.append('vary', 'Origin');
    return response;
  };
}

/** Any header is allowed: a client may be configured to send some of its own. */
function preflight(request: Request): Response {
  const asked = request.headers.get('access-control-request-headers');
  const headers = {
    'access-control-allow-methods': 'GET, POST, PUT',
    'access-control-max-age': REMEMBERED,
    vary: 'Access-Control-Request-Headers',
    ...(asked === null ? {} : { 'access-control-allow-headers': asked }),
  };
  return new Response(null, { status: 204, headers });
}
