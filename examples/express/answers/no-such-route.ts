import type { RequestHandler } from 'express';
import { Refusal } from './refusal.js';

/** Answers what no route has answered. */
export const noSuchRoute: RequestHandler = () => {
  throw new Refusal(404, 'NO_SUCH_ROUTE', 'There is no such route.');
};
