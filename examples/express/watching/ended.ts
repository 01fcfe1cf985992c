import type { Request, Response } from 'express';

/** A request that is over. */
export interface Ended {
  readonly method: string;
  /** The pattern of its route, never its path; `none`: it reached no route. */
  readonly route: string;
  /** Undefined: its sender hung up before the answer. */
  readonly status: number | undefined;
  /** Milliseconds. */
  readonly ms: number;
}

/** Other methods are as many as their senders like. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS']);

/** Calls `listener` when the request is over, whether it was answered or not. */
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
