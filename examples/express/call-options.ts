import type { Request, Response } from 'express';
import type { CallOptions, WriteOptions } from 'spydra-sdk';
import { requestIdOf } from './responses/request-id.js';

/**
 * Call options with the id of the request, so that the logs of both sides have it. A client that disconnects does not
 * abort its request: a write that was sent cannot be taken back.
 */
export function readOptions(response: Response, signal: AbortSignal | undefined): CallOptions {
  return { headers: { 'X-Request-Id': requestIdOf(response) }, signal };
}

/** Adds the client's `Idempotency-Key`. */
export function writeOptions(request: Request, response: Response, signal: AbortSignal | undefined): WriteOptions {
  return { ...readOptions(response, signal), idempotencyKey: request.get('Idempotency-Key') };
}
