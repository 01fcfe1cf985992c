import type { Request, Response } from 'express';
import { EVENTS } from '../events/path.js';

/** A finished request. */
export interface Ended {
  readonly method: string;
  /** The pattern of its route, never its path; `none` if no route matched. */
  readonly route: string;
  /** Undefined: the client disconnected before the response. */
  readonly status: number | undefined;
  /** Milliseconds. */
  readonly ms: number;
}

/** Methods with a label of their own: clients can send any others. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS']);

/** Whether it was a stream of events: its time is that for which it was open, and it ends when its client goes. */
export function isStream({ route, status = 200 }: Ended): boolean {
  return route === EVENTS && status === 200;
}

/** Calls `listener` when the request has finished, with or without a response. */
export function whenEnded(request: Request, response: Response, listener: (ended: Ended) => void): void {
  const started = performance.now();
  response.once('close', () => {
    const { method, route }: { method: string; route?: { path: string } } = request;
    listener({
      method: METHODS.has(method) ? method : 'other',
      route: route?.path ?? 'none',
      status: response.writableFinished ? response.statusCode : undefined,
      ms: performance.now() - started,
    });
  });
}
