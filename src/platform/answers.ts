import * as z from 'zod/mini';
import { BY_CLAIM, isRefusedByClaim, refusalError, refusalInBody } from '../chain/refusals.js';
import type { WriteCall } from '../core/call.js';
import { parseJson, stringifyJson } from '../core/json.js';
import { ConflictError, type SpydraError, UnavailableError } from '../errors.js';

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

/** Conflict, Locked, Too Early: responses to a request while the same one, or one under its key, is in progress. */
const IN_PROGRESS: readonly (number | undefined)[] = [409, 423, 425];

/** Whether an error may be about a request that was sent before: only the ledger knows what became of that. */
export function isInProgress(error: SpydraError): boolean {
  return IN_PROGRESS.includes(error.status) || isRefusedByClaim(error);
}

/**
 * The refusal of the contract that the body of a failed query holds, wherever. A query is refused for no claim: codes of
 * claims are those of a server between, which must not pass for the contract.
 */
export function refusalOf(body: string, status: number, call: Partial<WriteCall>): SpydraError | undefined {
  const isOfClaim = [...BY_CLAIM].some((code) => body.includes(code));
  const refusal = isOfClaim ? undefined : refusalInBody(body);
  if (refusal) return refusalError(refusal, call);
  if (!isOfClaim && !IN_PROGRESS.includes(status)) return undefined;
  const message = `The platform responded ${status} to a query, as if it were in progress: call again.`;
  return new UnavailableError(message, { status, retryable: true });
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
