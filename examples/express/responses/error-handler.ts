import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'spydra-sdk';
import { send } from './envelope.js';
import { failureOf } from './error-table.js';
import { requestIdOf } from './request-id.js';

/** Sends errors as `{ success: false, error, code, requestId, details? }`; logs those that the client did not cause. */
export function errorHandler(logger: Pick<Logger, 'error'>): ErrorRequestHandler {
  return (cause: unknown, _request, response, next) => {
    if (response.headersSent) return next(cause);
    const { status, code, error, details, retryAfter } = failureOf(cause);
    const requestId = requestIdOf(response);
    if (status >= 500) logger.error({ requestId, status, code, err: cause }, 'spydra: request failed');
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    send(response.status(status), { success: false, error, code, requestId, details });
  };
}
