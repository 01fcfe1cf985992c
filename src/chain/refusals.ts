import type { WriteCall } from '../core/call.js';
import { parseJson } from '../core/json.js';
import {
  BadRequestError,
  ConfigurationError,
  ConflictError,
  type ErrorDetails,
  IdempotencyConflictError,
  InsufficientBalanceError,
  NotFoundError,
  PermissionDeniedError,
  SpydraError,
  SupplyExceededError,
} from '../errors.js';

/** Why the contract refuses a call, as its error states it. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

type ErrorType = new (message: string, details: ErrorDetails) => SpydraError;

/** The error for each code of the contract, and what to do next. */
const ERRORS: Readonly<Record<string, readonly [ErrorType, string]>> = {
  INVALID_REQUEST: [BadRequestError, 'Correct the input.'],
  UNKNOWN_FUNCTION: [ConfigurationError, 'Deploy the contract of the version that this SDK needs.'],
  INDIRECT_CALL: [ConfigurationError, 'Call the chaincode of the contract itself.'],
  NOT_FOUND: [NotFoundError, 'Check the id, and the channel and chaincode.'],
  NOT_CONFIGURED: [PermissionDeniedError, 'An admin must call Configure first.'],
  FORBIDDEN: [PermissionDeniedError, 'Use an identity that the policy names, or change the policy by Configure.'],
  INSUFFICIENT_BALANCE: [InsufficientBalanceError, 'Check the balance of the wallet.'],
  SUPPLY_EXCEEDED: [SupplyExceededError, 'Raise the total supply, or mint less.'],
  SWEEP_REQUIRED: [ConflictError, 'Call again.'],
  IDEMPOTENCY_CONFLICT: [IdempotencyConflictError, 'Use a new key for a new write.'],
  KEY_VOIDED: [ConflictError, 'Nothing was or will be applied under it: write again under another key.'],
};

/** Braces among which the end of a refusal is sought: its details name 100 fields at most. */
const MAX_BRACES = 200;
/** How deep a refusal is sought in a body. */
const MAX_DEPTH = 12;

/** Refusals that state what the claim on the key is: they are final, on whichever peer they were found. */
export const BY_CLAIM: ReadonlySet<string> = new Set(['IDEMPOTENCY_CONFLICT', 'KEY_VOIDED']);

/** The refusal in an error's text, which may have words before and after it. */
export function refusalIn(text: string): Refusal | undefined {
  const from = text.indexOf('{"code":');
  if (from < 0) return undefined;
  // Where it ends is not known: its details have braces, and so may the words after it.
  for (let end = text.indexOf('}', from), n = 0; end > 0 && n < MAX_BRACES; end = text.indexOf('}', end + 1), n++) {
    try {
      const refusal = parseJson(text.slice(from, end + 1));
      return isRefusalJson(refusal) ? refusal : undefined;
    } catch {
      // It goes on.
    }
  }
  return undefined;
}

/**
 * The refusal in the body of a response, wherever it is: as JSON, as its text, or within another text. Only codes of the
 * contract count, for servers have codes of their own.
 */
export function refusalInBody(body: string): Refusal | undefined {
  for (const found of refusalsIn(body, 0)) if (Object.hasOwn(ERRORS, found.code)) return found;
  return undefined;
}

function* refusalsIn(value: unknown, depth: number): Generator<Refusal> {
  if (depth > MAX_DEPTH) return;
  if (typeof value === 'string') {
    const found = refusalIn(value);
    if (found) yield found;
    const json = jsonOf(value);
    if (json !== undefined) yield* refusalsIn(json, depth + 1);
  } else if (typeof value === 'object' && value !== null) {
    if (isRefusalJson(value)) yield value;
    for (const each of Object.values(value)) yield* refusalsIn(each, depth + 1);
  }
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** The error for a refusal. The call has changed nothing. */
export function refusalError(refusal: Refusal, { idempotencyKey }: Partial<WriteCall> = {}): SpydraError {
  const { code, message, details } = refusal;
  const [Type, advice] = ERRORS[code] ?? [ConflictError, 'The code is of a version of the contract that is not known.'];
  return new Type(`The contract refused: ${message} ${advice}`, {
    serverCode: code,
    details,
    idempotencyKey,
    transactionId: transactionIdIn(details),
    retryable: code === 'SWEEP_REQUIRED',
  });
}

/** Whether an error is of {@link refusalError}. */
export function isRefusal(error: unknown): error is SpydraError {
  return error instanceof SpydraError && error.serverCode !== undefined && error.outcome === 'not-applied';
}

/** Whether a refusal is that of a key which has a claim. */
export function isRefusedByClaim({ serverCode }: SpydraError): boolean {
  return serverCode !== undefined && BY_CLAIM.has(serverCode);
}

function isRefusalJson(value: unknown): value is Refusal {
  const { code, message } = Object(value) as Partial<Refusal>;
  return typeof code === 'string' && typeof message === 'string';
}

function transactionIdIn(details: unknown): string | undefined {
  const { transactionId } = Object(details) as { readonly transactionId?: unknown };
  return typeof transactionId === 'string' ? transactionId : undefined;
}
