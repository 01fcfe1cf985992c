import type { RequestHandler, Response } from 'express';

/** When a request has to be answered. */
interface RequestTime {
  /** Epoch milliseconds. */
  readonly endsAt: number;
  /** Aborts then. */
  readonly signal: AbortSignal;
}

/**
 * Gives each request so many milliseconds. Nothing is cut off: what the request asks of Spydra has to end by then, and
 * the SDK says of a write what is known of it.
 */
export function requestTime(milliseconds: number): RequestHandler {
  return (_request, response, next) => {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), milliseconds);
    response.once('close', () => clearTimeout(timer));
    const time: RequestTime = { endsAt: Date.now() + milliseconds, signal: over.signal };
    response.locals.time = time;
    next();
  };
}

/** What a call may take of the time of its request; nothing of it where there is no such time. */
export function timeLeft(response: Response): { readonly deadline?: number; readonly signal?: AbortSignal } {
  const time: RequestTime | undefined = response.locals.time;
  return time ? { deadline: Math.max(1, time.endsAt - Date.now()), signal: time.signal } : {};
}
