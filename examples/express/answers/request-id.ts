import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const HEADER = 'X-Request-Id';

/** Gives every request an id, the caller's own where that is harmless, and answers it as `X-Request-Id`. */
export const requestId: RequestHandler = (request, response, next) => {
  if (response.get(HEADER)) return next();
  const given = request.get(HEADER) ?? '';
  response.set(HEADER, /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID());
  next();
};

/** The id of the request that is being answered. */
export function requestIdOf(response: Response): string {
  return String(response.get(HEADER));
}
