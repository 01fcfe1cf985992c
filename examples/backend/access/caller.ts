import type { Response } from 'express';

/** The role that a caller has. */
export type CallerRole = 'admin' | 'investor' | 'user';

/** The authenticated sender of a request. */
export interface Caller {
  /** Unique for each caller; not a secret. */
  readonly id: string;
  /** Undefined: no known role. */
  readonly role: CallerRole | undefined;
  /** The caller's own wallet, if the token names one. */
  readonly wallet?: string | undefined;
  /** When the token is no longer accepted, in milliseconds since the epoch. Undefined: it is a key. */
  readonly expiresAt?: number | undefined;
}

/** Stores the caller of the request with its response. */
export function setCaller(response: Response, caller: Caller): void {
  response.locals.caller = caller;
}

/**
 * Returns the caller of the request.
 *
 * @throws Error on a public route, which authenticates no caller.
 */
export function callerOf(response: Response): Caller {
  const caller: Caller | undefined = response.locals.caller;
  if (!caller) throw new Error('This route does not authenticate its callers.');
  return caller;
}
