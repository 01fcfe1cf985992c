import type { Request } from 'express';

/** Fields that older clients still send, by the pattern of the route. */
const DEPRECATED: Readonly<Record<string, readonly string[]>> = {
  '/tokens/purchase': ['seller', 'buyer'],
};

/** The deprecated fields that a request's body holds. */
export function deprecatedFields({ route, body }: Pick<Request, 'route' | 'body'>): string[] {
  const names = DEPRECATED[route?.path ?? ''] ?? [];
  return typeof body === 'object' && body !== null ? names.filter((name) => Object.hasOwn(body, name)) : [];
}
