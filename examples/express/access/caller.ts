import type { Response } from 'express';
import type { Role } from './permissions.js';

/** Who sent a request, as its key or token proves. */
export interface Caller {
  /** Tells callers apart, and says nothing that opens a door. */
  readonly id: string;
  /** Undefined: none that is known here. */
  readonly role: Role | undefined;
  /** The wallet that is the caller's own, where a token names one. */
  readonly wallet?: string | undefined;
}

/** Notes who sent the request that is being answered. */
export function setCaller(response: Response, caller: Caller): void {
  response.locals.caller = caller;
}

/**
 * Who sent the request that is being answered.
 *
 * @throws Error on a route that everybody may call: nobody was asked.
 */
export function callerOf(response: Response): Caller {
  const caller: Caller | undefined = response.locals.caller;
  if (!caller) throw new Error('Nobody was asked who calls this route.');
  return caller;
}
