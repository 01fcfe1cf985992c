import type { Request, Response } from 'express';
import type { CallOptions, WriteOptions } from 'spydra-sdk';
import { requestIdOf } from '../answers/request-id.js';
import { timeIsOver } from '../limits/request-time.js';

/**
 * The request's id goes along, so that both sides' logs name it. The signal is that of the request's time and of
 * nothing else: a client that hangs up does not end a write that is on its way.
 */
export function readOptions(response: Response): CallOptions {
  return { headers: { 'X-Request-Id': requestIdOf(response) }, signal: timeIsOver(response) };
}

/** The client's `Idempotency-Key` goes along too. */
export function writeOptions(request: Pick<Request, 'get'>, response: Response): WriteOptions {
  return { ...readOptions(response), idempotencyKey: request.get('Idempotency-Key') };
}
