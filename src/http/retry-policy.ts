import type { Outcome } from '../errors.js';

/** What went wrong with one attempt. */
export type Failure =
  /** The request never left: DNS, refused, TLS, connect timeout. */
  | { readonly kind: 'never-sent' }
  /** 429, or 503 with Retry-After. */
  | { readonly kind: 'told-to-wait'; readonly status: 429 | 503 }
  /** Any other status that is not 2xx. */
  | { readonly kind: 'status'; readonly status: number }
  /** Reset, timeout, or a body that could not be read. */
  | { readonly kind: 'broken' }
  /** A 2xx answer that lacks what the SDK relies on. */
  | { readonly kind: 'unusable' };

/** Whether the same request may be sent again, and what is known of its effect if it is not. */
export interface Verdict {
  readonly retry: boolean;
  readonly outcome: Outcome;
}

const AGAIN: Verdict = { retry: true, outcome: 'not-applied' };
const FINAL: Verdict = { retry: false, outcome: 'not-applied' };
const UNKNOWN: Verdict = { retry: false, outcome: 'unknown' };

const PASSING = new Set([408, 500, 502, 503, 504]);

/**
 * The retry table. A write is sent again only where the server cannot have applied it; wherever it may have, the
 * outcome is unknown and nothing is sent blindly.
 */
export function judge(failure: Failure, operation: 'read' | 'write'): Verdict {
  const write = operation === 'write';
  switch (failure.kind) {
    case 'never-sent':
      return AGAIN;
    case 'told-to-wait':
      // A 429 comes before the work. A 503 may come from a proxy that gave up on a server which has done it.
      return write && failure.status === 503 ? UNKNOWN : AGAIN;
    case 'broken':
      return write ? UNKNOWN : AGAIN;
    case 'unusable':
      return write ? UNKNOWN : FINAL;
    case 'status':
      if (PASSING.has(failure.status)) return write ? UNKNOWN : AGAIN;
      // A 4xx is a refusal. What a 3xx or a rarer 5xx did to a write, nobody can say.
      return write && (failure.status < 400 || failure.status > 499) ? UNKNOWN : FINAL;
  }
}

const FIRST_BACKOFF = 250;
const LONGEST_BACKOFF = 8_000;

/**
 * Milliseconds before the next attempt: full jitter, so that clients that failed together do not return together.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (attempt - 1));
}

/**
 * Reads Retry-After: milliseconds from now, or `undefined` if it says nothing usable.
 *
 * @see RFC 9110, section 10.2.3: seconds, or an HTTP date.
 */
export function retryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse alone would read "1.5" or "-3" as a year.
  const date = /^[A-Z][a-z]+,? .*\d{2}:\d{2}:\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const CONNECT_CALLS = new Set(['connect', 'getaddrinfo']);
const NEVER_SENT_CODES = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
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
