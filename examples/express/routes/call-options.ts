import type { Request, Response } from 'express';
import type { CallOptions, WriteOptions } from 'spydra-sdk';
import { requestIdOf } from '../answers/request-id.js';
import { timeLeft } from '../limits/request-time.js';

/**
 * The request's id goes along, so that both sides' logs name it. A list takes many calls: the deadline is each one's,
 * the signal ends them all.
 */
export function readOptions(response: Response): CallOptions {
  return { headers: { 'X-Request-Id': requestIdOf(response) }, ...timeLeft(response) };
}

/**
 * The client's `Idempotency-Key` goes along too. There is no signal: a client that hangs up does not end a write that
 * is on its way.
 */
export function writeOptions(request: Pick<Request, 'get'>, response: Response): WriteOptions {
  const { headers, deadline } = readOptions(response);
  return { headers, deadline, idempotencyKey: request.get('Idempotency-Key') };
}
