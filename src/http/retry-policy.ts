import type { Outcome } from '../errors.js';

/** What went wrong with one attempt. */
export type Failure =
  /** No byte of the request left: DNS, refused, TLS, no connection, no tunnel through a proxy, arguments refused. */
  | { readonly kind: 'never-sent' }
  /** 429, or 503 with Retry-After. */
  | { readonly kind: 'throttled'; readonly status: 429 | 503 }
  /** Any other status that is not 2xx. */
  | { readonly kind: 'status'; readonly status: number }
  /** Reset, timeout, or a body that could not be read. */
  | { readonly kind: 'broken' }
  /** A 2xx response that lacks what the SDK relies on. */
  | { readonly kind: 'unusable' };

/** Whether the same request may be sent again, and what is known of its effect if it is not. */
export interface Verdict {
  readonly retry: boolean;
  readonly outcome: Outcome;
}

const AGAIN: Verdict = { retry: true, outcome: 'not-applied' };
const FINAL: Verdict = { retry: false, outcome: 'not-applied' };
const UNKNOWN: Verdict = { retry: false, outcome: 'unknown' };

/**
 * 4xx that come of waiting too long and not of the request: Request Timeout, and nginx's Client Closed Request, which
 * gateways give where a server behind them was cancelled. What such a server has done, they do not know.
 */
const TRANSIENT_4XX = new Set([408, 499]);
/** 5xx that the same request would get again: not implemented, version, negotiation, loop, extension, captive portal. */
const LASTING_5XX = new Set([501, 505, 506, 508, 510, 511]);

/** Whether a status may be gone at the next attempt: every other 5xx too, the 52x of proxies among them. */
function isTransient(status: number): boolean {
  return TRANSIENT_4XX.has(status) || (status >= 500 && status <= 599 && !LASTING_5XX.has(status));
}

/**
 * The retry table. A write is sent again only where the server cannot have applied it; wherever it may have, the
 * outcome is unknown and nothing is sent blindly.
 */
export function judge(failure: Failure, operation: 'read' | 'write'): Verdict {
  const write = operation === 'write';
  switch (failure.kind) {
    case 'never-sent':
      return AGAIN;
    case 'throttled':
      // A 429 precedes the work. A 503 may come from a proxy that gave up on a server which has done the work.
      return write && failure.status === 503 ? UNKNOWN : AGAIN;
    case 'broken':
      return write ? UNKNOWN : AGAIN;
    case 'unusable':
      return write ? UNKNOWN : FINAL;
    case 'status':
      if (isTransient(failure.status)) return write ? UNKNOWN : AGAIN;
      // A 4xx is a refusal. The effect of a 3xx or a rarer 5xx on a write is unknown.
      return write && (failure.status < 400 || failure.status > 499) ? UNKNOWN : FINAL;
  }
}

/** Milliseconds; longer ones are clamped: an epoch time, a typing error. */
const MAX_RETRY_AFTER = 3_600_000;

/**
 * Reads Retry-After: milliseconds from now, at most an hour, or `undefined` if it is not usable. A date counts from the
 * response's own `Date`, by the server's clock; without one from `now`.
 *
 * @see RFC 9110, section 10.2.3: seconds, or an HTTP date.
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get('Retry-After')?.trim() ?? '';
  const date = httpDate(text);
  if (/^\d+$/.test(text)) return Math.min(MAX_RETRY_AFTER, Number(text) * 1000);
  if (date === undefined) return undefined;
  return Math.min(MAX_RETRY_AFTER, Math.max(0, date - (httpDate(headers.get('Date') ?? '') ?? now)));
}

// IMF-fixdate, RFC 850 and asctime: Date.parse alone reads "1.5" as a date, and asctime as local time.
const WITH_ZONE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2}) \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Epoch milliseconds. @see RFC 9110, section 5.6.7 */
function httpDate(text: string): number | undefined {
  const isAsctime = ASCTIME.test(text);
  const date = isAsctime || WITH_ZONE.test(text) ? Date.parse(isAsctime ? `${text} GMT` : text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}

const CONNECT_CALLS = new Set(['connect', 'getaddrinfo']);
const NEVER_SENT_CODES = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  // undici refuses what it is asked to send.
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  // The server's certificate is checked before anything is sent to it.
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Whether an error of fetch proves that no byte of the request reached the server. */
export function wasNeverSent(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const { code, syscall, cause, errors } = error as Partial<Record<'code' | 'syscall' | 'cause' | 'errors', unknown>>;
  if (NEVER_SENT_CODES.has(String(code)) || CONNECT_CALLS.has(String(syscall))) return true;
  // One error for each address that was tried.
  if (Array.isArray(errors) && errors.length > 0) return errors.every((e) => wasNeverSent(e, depth + 1));
  return wasNeverSent(cause, depth + 1);
}

/**
 * Whether a request was answered with a TLS alert: it was plain HTTP, sent to a port where TLS is spoken, and no server
 * has read it.
 */
export function wasAnsweredInTls(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const { code, data, cause } = error as Partial<Record<'code' | 'data' | 'cause', unknown>>;
  // undici's HTTP parser keeps what it could not read.
  const isNotHttp = typeof code === 'string' && code.startsWith('HPE_');
  return (isNotHttp && String(data).startsWith('\x15\x03')) || wasAnsweredInTls(cause, depth + 1);
}
