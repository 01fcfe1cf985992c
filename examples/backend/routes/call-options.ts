import type { Request, Response } from 'express';
import type { CallOptions, WriteOptions } from 'spydra-sdk';
import { requestIdOf } from '../answers/request-id.js';
import { timeIsOver } from '../limits/request-time.js';

/**
 * Call options with the id of the request, so that the logs of both sides have it. The signal aborts at the request's
 * time limit only: a client that disconnects does not abort a write that was sent.
 */
export function readOptions(response: Response): CallOptions {
  return { headers: { 'X-Request-Id': requestIdOf(response) }, signal: timeIsOver(response) };
}

/** Adds the client's `Idempotency-Key`. */
export function writeOptions(request: Pick<Request, 'get'>, response: Response): WriteOptions {
  return { ...readOptions(response), idempotencyKey: request.get('Idempotency-Key') };
}
