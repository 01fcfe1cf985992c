import type { Response } from 'express';
import { callerOf } from './caller.js';
import { forbidden } from './forbidden.js';

/**
 * Allows admins any wallet, and other callers only the wallet that their token names.
 *
 * @throws Refusal 403
 */
export function ensureOwnWallet(response: Response, wallet: string): void {
  const caller = callerOf(response);
  if (caller.role !== 'admin' && caller.wallet !== wallet) throw forbidden();
}
