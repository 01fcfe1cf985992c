import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const HEADER = 'X-Request-Id';

/** Gives every request an id, the caller's if it is well formed, and returns it as `X-Request-Id`. */
export const requestId: RequestHandler = (request, response, next) => {
  if (response.get(HEADER)) return next();
  const given = request.get(HEADER) ?? '';
  response.set(HEADER, /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID());
  next();
};

/** Returns the id of the request. */
export function requestIdOf(response: Response): string {
  return String(response.get(HEADER));
}
