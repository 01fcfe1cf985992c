import type { HttpHandler } from './http.js';

/** Whose web pages may call: those of these origins, or all. */
export type CorsOrigins = '*' | readonly string[];

/** Seconds for which a browser need not ask again whether it may call. */
const REMEMBERED = '600';

/** Lets web pages call a handler: answers what browsers ask before a call, and marks what they may read. */
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
