import type { RequestHandler, Response } from 'express';

/** Milliseconds; a longer timer fires at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Limits the time of each request. The connection is not cut: the signal aborts the calls of the SDK, whose errors say
 * what is known about the outcome of a write.
 */
export function requestTime(milliseconds: number): RequestHandler {
  return (_request, response, next) => {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), Math.min(milliseconds, LONGEST));
    response.once('close', () => clearTimeout(timer));
    response.locals.timeIsOver = over.signal;
    next();
  };
}

/** Aborts when the time limit of the request is reached; undefined without a limit. */
export function timeIsOver(response: Response): AbortSignal | undefined {
  return response.locals.timeIsOver;
}
