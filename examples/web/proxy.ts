import { randomBytes } from 'node:crypto';
import { type NextRequest, NextResponse } from 'next/server';
import { failureOf } from './server/backend/failure';
import { config as settings } from './server/config';
import { SESSION_COOKIE, sessionIn } from './server/session/session';

/** Everything but files of the build, which are the same for everyone. */
export const config = { matcher: ['/((?!_next/static/|icon\\.svg$).*)'] };

const PUBLIC = ['/login', '/api/login', '/livez', '/readyz'];

/** Before every page and route: refuses what another site sends, asks for a login, and sets the nonce. */
export function proxy(request: NextRequest): Response {
  const { pathname, search } = request.nextUrl;
  if (!isRead(request.method) && !isOwnOrigin(request)) return new Response('Another site sent this.', { status: 403 });
  if (!PUBLIC.includes(pathname) && !sessionIn(request.cookies.get(SESSION_COOKIE)?.value)) {
    if (pathname.startsWith('/api/')) return unauthorized();
    const login = new URL(`/login?${new URLSearchParams({ next: pathname + search })}`, ownUrl(request));
    return NextResponse.redirect(login, { status: 303, headers: { 'Cache-Control': 'no-store' } });
  }
  const policy = policyWith(randomBytes(16).toString('base64'));
  const headers = new Headers(request.headers);
  // Next.js takes the nonce for its own scripts from here.
  headers.set('Content-Security-Policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  if (request.headers.get('x-forwarded-proto') === 'https') {
    response.headers.set('Strict-Transport-Security', 'max-age=31536000');
  }
  return response;
}

function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Browsers send the origin with every form and every request that is not a read. */
function isOwnOrigin(request: NextRequest): boolean {
  const origin = request.headers.get('origin');
  return origin !== null && origin === ownUrl(request).origin;
}

function ownUrl({ headers }: NextRequest): URL {
  const { origin } = settings();
  return new URL(origin ?? `${headers.get('x-forwarded-proto') ?? 'http'}://${headers.get('host')}`);
}

function unauthorized(): Response {
  return Response.json({ failure: failureOf(401) }, { status: 401, headers: { 'Cache-Control': 'no-store' } });
}
