import type { RequestHandler } from 'express';
import { Refusal } from './refusal.js';

/** Responds to requests that match no route. */
export const noSuchRoute: RequestHandler = () => {
  throw new Refusal(404, 'NO_SUCH_ROUTE', 'There is no such route.');
};
