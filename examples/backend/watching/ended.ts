import type { Request, Response } from 'express';

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
