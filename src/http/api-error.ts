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
import { retryAfter } from './headers.js';
import type { BaseUrl, Prepared } from './request.js';
import { failureDetails, failureOfStatus } from './retries.js';

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

/** What a server has answered, without any secret. */
export interface Answer {
  readonly status: number;
  /** The request's id on the server. */
  readonly requestId: string | undefined;
  /** The parsed body; undefined if it is not JSON. */
  readonly json: unknown;
  /** The status, and the kind of body if it is not JSON. */
  readonly inWords: string;
}

/** The error for a response that is not 2xx, without any secret. */
export function apiError(request: Prepared<unknown>, response: Response, answer: Answer): ApiError {
  const { status, json, inWords } = answer;
  const wait = retryAfter(response.headers);
  const isThrottled = status === 429 || (status === 503 && wait !== undefined);
  const said = readBody(json);
  const byCode = BY_CODE.get(said.code ?? '');
  const { Type, advice } = byCode ?? BY_STATUS[isThrottled ? 429 : status] ?? (status >= 500 ? SERVER : OTHER);
  const message = said.message ? `: ${said.message}` : '';
  const next = request.redact(placeAdvice(request, response, json !== undefined)) ?? advice;
  const requestId = said.requestId ?? answer.requestId;
  const details = failureDetails(failureOfStatus(status), request, { status, requestId });
  return new Type(`${request.name} was answered ${inWords}${message}. ${next}`, {
    ...details,
    // A known code outweighs the status: a retry does not help.
    retryable: details.retryable && !byCode,
    serverCode: said.code,
    serverMessage: said.message,
    details: said.details,
    transactionId: transactionIdIn(said.details),
    ...(wait === undefined ? {} : { retryAfter: wait }),
  });
}

const MAX_MESSAGE_LENGTH = 500;
/** A code where others write a sentence: `NOT_FOUND`. */
const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

function readBody(body: unknown) {
  const json = asRecord(body);
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const error = text(json.error);
  const inner = asRecord(json.error);
  const message = text(json.message) ?? error ?? text(inner.message);
  return {
    message: message?.slice(0, MAX_MESSAGE_LENGTH).replace(/[.\s]+$/, ''),
    code: text(json.code) ?? text(inner.code) ?? (CODE.test(error ?? '') ? error : undefined),
    requestId: text(json.requestId),
    details: json.details,
  };
}

/** The id of a transaction that a part of a body names, if it can be one. */
export function transactionIdIn(json: unknown): string | undefined {
  const { transactionId } = asRecord(json);
  return idProblem(transactionId, 'read') === undefined ? (transactionId as string) : undefined;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

type Place = Pick<Prepared<unknown>, 'url' | 'path'> & BaseUrl;

/** What to check if the server does not seem to be Spydra's API. */
export function baseUrlAdvice(place: BaseUrl): string {
  return `Check the base URL (${place.variable}): ${hint(place)}`;
}

/** What to do about a response that looks as if the request had gone to the wrong place; undefined for any other. */
function placeAdvice(place: Place, response: Response, isJson: boolean): string | undefined {
  const { baseUrl } = place;
  const { status, type } = response;
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) return redirectAdvice(place, response);
  // The response of nginx, Node and Go to plain HTTP on a port for TLS.
  if (status === 400 && !isJson && baseUrl.startsWith('http:')) {
    return `${baseUrlAdvice(place)} If it speaks TLS, begin the base URL with https://.`;
  }
  if (status !== 404) return undefined;
  if (!isJson) return baseUrlAdvice(place);
  return isPlausible(place) ? undefined : `Check the id, and the base URL: ${hint(place)}`;
}

function redirectAdvice({ url, path, variable }: Place, { headers }: Response): string {
  const target = targetOf(headers.get('Location') ?? '', url);
  const base = target?.endsWith(path) ? target.slice(0, -path.length) : undefined;
  const where = target === undefined ? '' : ` It points to ${target}.`;
  return `Redirects are not followed, since they would take the key along.${where} Set the base URL (${variable}) to ${base ?? 'where the API is'}.`;
}

/** Without user, query and fragment, which may hold secrets. A browser shows none of it. */
function targetOf(location: string, url: string): string | undefined {
  if (location === '' || !URL.canParse(location, url)) return undefined;
  const { protocol, host, pathname } = new URL(location, url);
  return `${protocol}//${host}${pathname}`;
}

function hint(place: BaseUrl): string {
  return isPlausible(place) ? 'is Spydra there?' : "Spydra's ends in /v2, and this one does not.";
}

/** The platform's base URL is a host alone. */
function isPlausible({ baseUrl, variable }: BaseUrl): boolean {
  return variable !== 'SPYDRA_BASE_URL' || /\/v\d+$/.test(baseUrl);
}
