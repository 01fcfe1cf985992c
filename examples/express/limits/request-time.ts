import type { RequestHandler, Response } from 'express';

/**
 * Gives each request so many milliseconds. Nothing is cut off: what the request asks of Spydra ends then, and the SDK
 * says of a write what is known of it.
 */
export function requestTime(milliseconds: number): RequestHandler {
  return (_request, response, next) => {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), milliseconds);
    response.once('close', () => clearTimeout(timer));
    response.locals.timeIsOver = over.signal;
    next();
  };
}

/** Aborts when the time of the request is over; undefined where there is no such time. */
export function timeIsOver(response: Response): AbortSignal | undefined {
  return response.locals.timeIsOver;
}
