import { abortable, Scope } from '../core/abort.js';
import { type ErrorShape, isError, ownMessageOf } from '../core/shapes.js';
import { ConfigurationError } from '../errors.js';
import type { Settings } from '../options.js';
import { decodedForms, holdsSecret } from './spellings.js';

const HIDDEN = '[redacted]';
/** Deeper than any error's details. */
const MAX_DEPTH = 64;
/** How deep errors within errors are copied. */
const MAX_CAUSES = 5;

/** Whether a text can be sent as the X-API-Key header, and is long enough to be distinct from other text in a log. */
export function isApiKey(key: unknown): key is string {
  return typeof key === 'string' && /^[\x21-\x7e]{8,}$/.test(key);
}

/** Holds the API key: reads its source once, again after a 401, and redacts every key that it has seen. */
export class Credentials {
  readonly #settings: Pick<Settings, 'apiKey' | 'timeout'>;
  /** Every key, longest first: one may begin with another. */
  #secrets: readonly string[] = [];
  /** Their decoded forms: made when a text is redacted, which most calls never do. */
  #forms: readonly string[] | undefined;
  /** The key, or the pending read of its source. */
  #current: string | Promise<string> | undefined;
  /** Of the pending read. */
  #asking: Scope | undefined;

  constructor(settings: Pick<Settings, 'apiKey' | 'timeout'>) {
    this.#settings = settings;
  }

  /** The key, or a promise until its source has been read; concurrent callers share one read. */
  key(): string | Promise<string> {
    this.#current ??= this.#ask();
    return this.#current;
  }

  /** A fresh key after `refused` was refused, if there is one. Concurrent callers share one read. */
  async renew(refused: string): Promise<string | undefined> {
    if (typeof this.#settings.apiKey !== 'function') return undefined;
    if (this.#current === refused) this.#current = undefined;
    const fresh = await this.key();
    return fresh === refused ? undefined : fresh;
  }

  /** The value with every key taken out of its texts, in depth. */
  redact(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.#redactText(value);
    if (depth > MAX_DEPTH) return HIDDEN;
    if (Array.isArray(value)) return value.map((item) => this.redact(item, depth + 1));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [this.#redactText(name), this.redact(item, depth + 1)]),
    );
  }

  /**
   * A copy of an error that is safe to keep as a cause: its name, message and code, without any key. Never throws:
   * whatever fetch throws, the outcome of a write must reach the caller.
   */
  redactError(error: unknown, depth = 0): Error {
    try {
      return this.#copyOf(error, depth);
    } catch {
      return new Error('What was thrown cannot be read.');
    }
  }

  #copyOf(error: unknown, depth: number): Error {
    // By shape: what another realm or a polyfill throws may be no error.
    const { message, name, stack, code, cause, errors }: Partial<ErrorShape> = Object(error);
    const text = isError(error) ? ownMessageOf(error) : String(message ?? error);
    const copy = new Error(this.#redactText(text));
    const within = (each: unknown) => this.redactError(each, depth + 1);
    const define = (key: string, value: unknown) =>
      Object.defineProperty(copy, key, { value, configurable: true, writable: true });
    if (cause !== undefined && depth <= MAX_CAUSES) define('cause', within(cause));
    if (Array.isArray(errors) && depth <= MAX_CAUSES) define('errors', errors.map(within));
    if (name !== undefined) define('name', this.#redactText(String(name)));
    // Error.prepareStackTrace may make stacks something else than text.
    if (typeof stack === 'string') copy.stack = this.#redactText(stack);
    return typeof code === 'string' ? Object.assign(copy, { code: this.#redactText(code) }) : copy;
  }

  /** The text without the keys; none of it if it holds a key in another spelling. */
  #redactText(text: string): string {
    const clean = this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
    this.#forms ??= this.#secrets.flatMap(decodedForms);
    return holdsSecret(clean, this.#forms) ? HIDDEN : clean;
  }

  /** Aborts a read of the key's source that no call waits for. */
  async close(): Promise<void> {
    this.#asking?.abort(new ConfigurationError('The client is closed.'));
    await Promise.resolve(this.#current).catch(() => {});
  }

  async #ask(): Promise<string> {
    try {
      const key = await this.#fromSource();
      if (!isApiKey(key)) {
        throw new ConfigurationError('The apiKey function gave no usable key: return at least 8 visible characters.');
      }
      this.#secrets = [...new Set([...this.#secrets, key])].sort((a, b) => b.length - a.length);
      this.#forms = undefined;
      this.#current = key;
      return key;
    } catch (error) {
      this.#current = undefined;
      if (error instanceof ConfigurationError) throw error;
      const details = { cause: this.redactError(error), retryable: true };
      throw new ConfigurationError('The apiKey function failed: see the cause, then call again.', details);
    }
  }

  /** A source that never resolves would otherwise block every later call too. */
  async #fromSource(): Promise<string> {
    const { apiKey, timeout } = this.#settings;
    if (typeof apiKey !== 'function') return apiKey;
    const scope = new Scope(undefined, () => undefined, {
      ms: timeout,
      reason: () =>
        new ConfigurationError(`The apiKey function gave no key within ${timeout} ms.`, { retryable: true }),
    });
    this.#asking = scope;
    try {
      return (await abortable(Promise.resolve(apiKey()), scope.signal)).trim();
    } finally {
      scope.release();
      this.#asking = undefined;
    }
  }
}
