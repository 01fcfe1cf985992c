import { idProblem } from '../core/ids.js';
import {
  ApiError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  type ErrorDetails,
  IdempotencyConflictError,
  InsufficientBalanceError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  SupplyExceededError,
  UnavailableError,
} from '../errors.js';

/** A non-2xx response, without any secret. */
export interface ErrorAnswer {
  readonly status: number;
  /** Parsed; undefined where it is not JSON. */
  readonly body: unknown;
  /** Milliseconds, from Retry-After. */
  readonly retryAfter: number | undefined;
  /** The request, as in `POST https://api.spydra.io/v2/…/tokens/mint`. */
  readonly request: string;
  /** The status, and the kind of body if it is not JSON, in words. */
  readonly came: string;
  /** What to do, where that does not follow from the status and code. */
  readonly advice: string | undefined;
}

interface Kind {
  readonly Type: new (message: string, details?: ErrorDetails) => ApiError;
  readonly advice: string;
}

const BY_CODE = new Map<string, Kind>(
  Object.entries({
    INSUFFICIENT_BALANCE: { Type: InsufficientBalanceError, advice: 'Read the balance and ask for no more than it.' },
    SUPPLY_EXCEEDED: { Type: SupplyExceededError, advice: "Mint no more than is left of the asset's total supply." },
    IDEMPOTENCY_CONFLICT: { Type: IdempotencyConflictError, advice: 'Use a new key for a new write.' },
  }),
);

const BY_STATUS: Readonly<Record<number, Kind>> = {
  400: { Type: BadRequestError, advice: 'Correct the request; `details` may name the fields.' },
  401: {
    Type: AuthenticationError,
    advice: 'The API key (apiKey, SPYDRA_API_KEY) is wrong, expired, or one for another server.',
  },
  403: { Type: PermissionDeniedError, advice: 'Ask for access to this project, network or app.' },
  404: { Type: NotFoundError, advice: 'Check the id, and the project, network, app and asset schema of the client.' },
  409: { Type: ConflictError, advice: 'Read the current state before you decide again.' },
  429: { Type: RateLimitError, advice: 'Call less often, or raise `deadline` so that the client can wait.' },
  503: { Type: UnavailableError, advice: 'Try again later.' },
};

const SERVER: Kind = { Type: ServerError, advice: "Try again later; quote the requestId to the server's operator." };
const OTHER: Kind = { Type: ApiError, advice: 'Check the base URL and the request.' };

/** The error of the class for a non-2xx response. */
export function apiError(answer: ErrorAnswer, details: ErrorDetails): ApiError {
  const said = readBody(answer.body);
  const kind = kindOf(answer, said.code);
  const advice = answer.advice ?? kind.advice;
  const message = `${answer.request} was answered ${answer.came}${said.message ? `: ${said.message}` : ''}. ${advice}`;
  const { retryAfter } = answer;
  return new kind.Type(message, {
    ...details,
    // A known code outweighs the status: a retry does not help.
    retryable: details.retryable && !BY_CODE.has(said.code ?? ''),
    status: answer.status,
    serverCode: said.code,
    details: said.details,
    requestId: said.requestId ?? details.requestId,
    transactionId: said.transactionId,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

function kindOf({ status, retryAfter }: ErrorAnswer, code: string | undefined): Kind {
  const known = code === undefined ? undefined : BY_CODE.get(code);
  if (known) return known;
  if (status === 503 && retryAfter !== undefined) return BY_STATUS[429] ?? OTHER;
  return BY_STATUS[status] ?? (status >= 500 ? SERVER : OTHER);
}

const MAX_MESSAGE_LENGTH = 500;
/** A code where others write a sentence: `NOT_FOUND`. */
const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

function readBody(body: unknown) {
  const json = asRecord(body);
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const id = (value: unknown) => (idProblem(value, 'read') === undefined ? text(value) : undefined);
  const inner = asRecord(json.error);
  const message = text(json.message) ?? text(json.error) ?? text(inner.message);
  const word = CODE.test(text(json.error) ?? '') ? text(json.error) : undefined;
  return {
    message: message?.slice(0, MAX_MESSAGE_LENGTH).replace(/[.\s]+$/, ''),
    code: text(json.code) ?? text(inner.code) ?? word,
    requestId: text(json.requestId),
    details: json.details,
    transactionId: id(asRecord(json.details).transactionId),
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
