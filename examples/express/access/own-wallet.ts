import type { Response } from 'express';
import { callerOf } from './caller.js';
import { forbidden } from './forbidden.js';

/**
 * Lets admins name any wallet, and everybody else only the one that the token names.
 *
 * @throws Refusal 403
 */
export function ensureOwnWallet(response: Response, wallet: string): void {
  const caller = callerOf(response);
  if (caller.role !== 'admin' && caller.wallet !== wallet) throw forbidden();
}
