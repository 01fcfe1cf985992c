import type { AbortSignalLike } from '../core/abort.js';
import { causesOf } from '../core/shapes.js';
import { SpydraError } from '../errors.js';
import { subscribe } from '../telemetry/channels.js';
import type { Prepared } from './request.js';

/*
 * Whether a byte of a request was sent: by the error of fetch, and by what undici publishes of the requests of a write.
 */

/** A request as undici's diagnostics channels publish it. */
interface UndiciRequest {
  readonly method?: unknown;
  readonly path?: unknown;
  /** Names and values in turn. */
  readonly headers?: unknown;
}
interface Message {
  readonly request: UndiciRequest;
  readonly error?: unknown;
  readonly socket?: { readonly alpnProtocol?: unknown; destroy(): void };
}
/** One of undici's requests for a write: whether bytes of it may have left, and the error that it has ended with. */
interface Observed {
  readonly sending: Sending;
  /** Whether it is of the write for certain, and not another one that carries the same key. */
  readonly isOurs: boolean;
  isSent: boolean;
  error: unknown;
}

// Captured: sockets are real where a test has put fake timers in its place.
const realTimeout = globalThis.setTimeout;

/** Writes being sent, by their mark. */
const open = new Map<string, Sending>();
const observed = new WeakMap<UndiciRequest, readonly Observed[]>();

/**
 * What undici (Node's fetch) publishes of the requests of a write: more than one if a dispatcher or the user's fetch
 * retries. Another fetch, or one that hides its requests, shows nothing.
 */
export class Sending {
  readonly #mark: string;
  readonly #write: Prepared<unknown>;
  readonly #requests: Observed[] = [];
  #hasTwin: boolean;
  #isGivenUp = false;

  /** Starts to observe a write that is about to be passed to fetch; undefined where nothing can be observed. */
  static observe(request: Prepared<unknown>): Sending | undefined {
    const { mark } = request;
    return mark !== undefined && isSubscribed() ? new Sending(mark, request) : undefined;
  }

  private constructor(mark: string, write: Prepared<unknown>) {
    this.#mark = mark;
    this.#write = write;
    // Two at once under one key cannot be distinguished.
    const twin = open.get(mark);
    this.#hasTwin = twin !== undefined;
    if (twin) twin.#hasTwin = true;
    else open.set(mark, this);
  }

  /** Whether bytes were seen to leave, or may be taken for those of another write. */
  get mayBeSent(): boolean {
    return this.#hasTwin || this.#requests.some(({ isSent }) => isSent);
  }

  /** Whether more than one request was sent: then the last response need not be that to the first. */
  get isRepeated(): boolean {
    return this.#hasTwin || this.#requests.filter(({ isSent }) => isSent).length > 1;
  }

  /** Whether the error with which fetch has failed proves that no server can have read the write. */
  failedUnsent(error: unknown): boolean {
    const isSingle = this.#requests.length === 1 && !this.#hasTwin;
    if (isSingle && wasAnsweredInTls(error)) return true;
    if (this.mayBeSent) return false;
    if (this.#requests.length === 0) return wasNeverSent(error);
    // One that is still waiting for its connection may be sent yet.
    if (this.#requests.some((request) => request.error === undefined)) return false;
    return (
      wasNeverSent(error) || causesOf(error).some((cause) => this.#requests.some((request) => request.error === cause))
    );
  }

  /**
   * Whether a fetch that was ended by its signal has sent nothing, and will not: it must have failed at once, with its
   * requests still waiting for a connection.
   */
  async endedUnsent(fetching: Promise<unknown>): Promise<boolean> {
    if (this.mayBeSent || this.#requests.length === 0) return false;
    // That another request was not sent proves nothing about the write.
    if (!this.#requests.every(({ isOurs }) => isOurs)) return false;
    const turn = new Promise<boolean>((resolve) => realTimeout(() => resolve(false), 0));
    const failed = fetching.then(
      () => false,
      () => true,
    );
    this.#isGivenUp = (await Promise.race([failed, turn])) && !this.mayBeSent;
    return this.#isGivenUp;
  }

  /** Whether one of undici's requests with the key is this write's: other services may be given the same key. */
  #isOf({ method, path, headers }: UndiciRequest): boolean {
    const { requestId, method: written, path: place } = this.#write;
    const values = (headers as unknown[]).filter((_, index) => index % 2 === 1).map(String);
    // The id may be the caller's, and equal the key.
    const isMarked = values.filter((value) => value === requestId || value === this.#mark).length > 1;
    return isMarked && values.includes(requestId) && method === written && String(path).endsWith(place);
  }

  /** Ends the observation. */
  release(): void {
    if (open.get(this.#mark) === this) open.delete(this.#mark);
  }

  /** undici has made a request, which has no connection yet. */
  static created({ request }: Message): void {
    if (open.size === 0 || !Array.isArray(request.headers) || request.method === 'GET') return;
    const made = sendingsOf(request.headers).map((sending): Observed => {
      return { sending, isOurs: sending.#isOf(request), isSent: false, error: undefined };
    });
    for (const each of made) each.sending.#requests.push(each);
    observed.set(request, made);
  }

  /** undici is about to write a request to its socket, or has. */
  static sent({ request, socket }: Message): void {
    for (const made of observed.get(request) ?? []) {
      made.isSent = true;
      // A fetch that has kept the signal from undici. A session of HTTP/2 carries other requests, too.
      if (made.sending.#isGivenUp && socket?.alpnProtocol !== 'h2') socket?.destroy();
    }
  }

  /** undici has ended a request. */
  static failed({ request, error }: Message): void {
    for (const made of observed.get(request) ?? []) made.error = error ?? new Error('The request has ended.');
  }
}

/**
 * The writes that one of undici's requests may belong to: the one of its Idempotency-Key; else, since dispatchers and
 * wrappers change URLs and names, each whose mark is in any header.
 */
function sendingsOf(headers: readonly unknown[]): Sending[] {
  const values = headers.filter((_, index) => index % 2 === 1).map(String);
  const nameAt = headers.findIndex((name, index) => index % 2 === 0 && /^idempotency-key$/i.test(String(name)));
  const named = nameAt < 0 ? undefined : open.get(String(headers[nameAt + 1]));
  if (named) return [named];
  return [...new Set(values)].map((value) => open.get(value)).filter((sending) => sending !== undefined);
}

/** Whether a write with one of these marks is being sent, and bytes of it may have left. */
export function isBeingSent(...marks: readonly (string | null)[]): boolean {
  return marks.some((mark) => mark !== null && open.get(mark)?.mayBeSent);
}

let subscribed: boolean | undefined;

/** Whether undici's channels can be listened to; subscribes once for the whole process. */
function isSubscribed(): boolean {
  subscribed ??= [
    subscribe('undici:request:create', Sending.created),
    subscribe('undici:client:sendHeaders', Sending.sent),
    // Some versions do not publish the former over HTTP/2. No server applies a write without its body.
    subscribe('undici:request:bodyChunkSent', Sending.sent),
    subscribe('undici:request:bodySent', Sending.sent),
    subscribe('undici:request:error', Sending.failed),
  ].every(Boolean);
  return subscribed;
}

/** Whether a failed attempt is proven to have sent nothing. */
export async function wasUnsent(
  error: unknown,
  exchange: Promise<unknown>,
  signal: AbortSignalLike,
  sending?: Sending,
): Promise<boolean> {
  if (signal.aborted && error === signal.reason) return (await sending?.endedUnsent(exchange)) ?? false;
  if (error instanceof SpydraError) return false;
  try {
    return sending ? sending.failedUnsent(error) : wasNeverSent(error);
  } catch {
    // An error that cannot be read proves nothing.
    return false;
  }
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
function wasNeverSent(error: unknown, depth = 0): boolean {
  for (const { code, syscall, errors } of causesOf(error)) {
    if (NEVER_SENT_CODES.has(String(code)) || CONNECT_CALLS.has(String(syscall))) return true;
    // One error for each address that was tried.
    if (Array.isArray(errors) && errors.length > 0) return depth < 5 && errors.every((e) => wasNeverSent(e, depth + 1));
  }
  return false;
}

/**
 * Whether a request was answered with a TLS alert: it was plain HTTP, sent to a port where TLS is spoken, and no server
 * has read it.
 */
function wasAnsweredInTls(error: unknown): boolean {
  // undici's HTTP parser keeps what it could not read.
  return causesOf(error).some(({ code, data }) => /^HPE_/.test(String(code)) && String(data).startsWith('\x15\x03'));
}
