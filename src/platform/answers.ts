import * as z from 'zod/mini';
import { refusalError, refusalInBody } from '../chain/refusals.js';
import type { WriteCall } from '../core/call.js';
import { parseJson, stringifyJson } from '../core/json.js';
import { ConflictError, type SpydraError } from '../errors.js';

/*
 * What responses of the platform hold. Its documentation names neither the bodies of errors nor whether results come as
 * JSON or as its text, so each is read in all forms.
 */

/** JSON text in JSON in JSON: no server is known to wrap more. */
const MAX_WRAPPED = 3;

/** A result of the contract as JSON text, however often it was wrapped as text. */
function unwrapped(value: unknown): string {
  let inner = value;
  for (let depth = 0; typeof inner === 'string' && depth < MAX_WRAPPED; depth++) {
    try {
      inner = parseJson(inner);
    } catch {
      break;
    }
  }
  return stringifyJson(inner);
}

/** The result of a query: it is the body. */
export const queried: z.ZodMiniType<string> = z.pipe(z.unknown(), z.transform(unwrapped));

const TRANSACTION_ID = /^[0-9a-f]{64}$/;

/** What a response to a transaction states. None of it proves that the transaction is on the ledger. */
export interface Stated {
  /** Undefined if it is no id of Fabric. */
  readonly transactionId: string | undefined;
  /** What the contract has returned, if it is there. */
  readonly result: string | undefined;
}

/** The response to a transaction names it, and may hold the contract's result as `data`. */
export const transacted: z.ZodMiniType<Stated> = z.pipe(
  z.looseObject({ transactionId: z.string().check(z.minLength(1)), data: z.optional(z.unknown()) }),
  z.transform(({ transactionId, data }) => ({
    transactionId: TRANSACTION_ID.test(transactionId) ? transactionId : undefined,
    result: data === undefined ? undefined : unwrapped(data),
  })),
);

/** The refusal of the contract that a body holds, wherever, as an error. */
export function refusalOf(body: string, call: Partial<WriteCall>): SpydraError | undefined {
  const refusal = refusalInBody(body);
  return refusal && refusalError(refusal, call);
}

/** Fabric's name of why a transaction has failed that came second. */
const READ_CONFLICT = /\b(?:MVCC|PHANTOM)_READ_CONFLICT\b/;

/**
 * Why a transaction was not applied, as the response to it states that: the code of a refusal, or a read conflict. What
 * the call itself has sent states nothing, for servers repeat parts of requests in their errors.
 */
export function failureOf(body: string, sent: readonly string[]): SpydraError | undefined {
  const [conflict] = READ_CONFLICT.exec(body) ?? [];
  const serverCode = refusalInBody(body)?.code ?? conflict;
  if (serverCode === undefined || sent.some((text) => text.includes(serverCode))) return undefined;
  return new ConflictError(`The platform responded that the transaction failed with ${serverCode}.`, { serverCode });
}
