import { createHash, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { callerOf } from './caller.js';

/**
 * The idempotency key under which the SDK writes. Admins share theirs. An investor's are kept apart, so that nobody can
 * take another one's key, or find out what it was used for.
 */
export function keyToWriteUnder(request: Pick<Request, 'get'>, response: Response): string | undefined {
  const given = request.get('Idempotency-Key');
  const { role, id } = callerOf(response);
  if (role !== 'investor') return given;
  const own = given ?? randomUUID();
  response.locals.ownKey = own;
  return createHash('sha256')
    .update(JSON.stringify([id, own]))
    .digest('hex');
}

/** Details of an answer with the key as its client knows it, under which the write can be sent again. */
export function asClientKnows(details: unknown, response: Response): unknown {
  const ownKey: string | undefined = response.locals.ownKey;
  const namesKey = typeof details === 'object' && details !== null && 'idempotencyKey' in details;
  return ownKey !== undefined && namesKey ? { ...details, idempotencyKey: ownKey } : details;
}
