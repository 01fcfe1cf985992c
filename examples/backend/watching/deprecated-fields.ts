import type { Request } from 'express';

/** Deprecated fields by the pattern of the route. */
const DEPRECATED: Readonly<Record<string, readonly string[]>> = {
  '/tokens/purchase': ['seller', 'buyer'],
};

/** Returns the deprecated fields in the body of a request. */
export function deprecatedFields({ route, body }: Pick<Request, 'route' | 'body'>): string[] {
  const names = DEPRECATED[route?.path ?? ''] ?? [];
  return typeof body === 'object' && body !== null ? names.filter((name) => Object.hasOwn(body, name)) : [];
}
