import type { Json, JsonObject } from './json.js';

/** A parsed call of a route. */
export interface Call {
  readonly method: string;
  /** The path below the API's root, decoded: from `projects` on. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Json;
}

/** A route and its operation, which resolves with the success body or a response, or throws a Refusal. */
export interface Route {
  readonly method: string;
  /** Literal segments and `:parameters`, without a leading slash. */
  readonly pattern: string;
  readonly operation: (call: Call) => Promise<JsonObject | Response>;
}

/** The path of Spydra's REST API, and of the platform's. */
export const REST_ROOT = '/v2';
const PLATFORM_ROOT = '/fabric';

/** Whether a path may be one of an API. */
export function isBelowApi(pathname: string): boolean {
  return pathname.startsWith(`${REST_ROOT}/projects/`) || pathname.startsWith(`${PLATFORM_ROOT}/`);
}

/** Finds the route of a path. */
export function findRoute(routes: readonly Route[], method: string, pathname: string) {
  const segments = decodeSegments(pathname);
  if (segments === undefined) return undefined;
  for (const route of routes) {
    const params = route.method === method ? match(route.pattern.split('/'), segments) : undefined;
    if (params) return { route, params, path: segments.slice(1).join('/') };
  }
  return undefined;
}

/** Undefined if the path is not properly percent-encoded. */
function decodeSegments(pathname: string): string[] | undefined {
  try {
    return pathname.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== pattern.length) return undefined;
  const params: Record<string, string> = {};
  for (const [position, expected] of pattern.entries()) {
    const actual = segments[position];
    if (!actual) return undefined;
    if (expected.startsWith(':')) params[expected.slice(1)] = actual;
    else if (expected !== actual) return undefined;
  }
  return params;
}
