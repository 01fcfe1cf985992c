import { abortable, Scope } from '../core/abort.js';
import { ConfigurationError } from '../errors.js';
import type { Settings } from '../options.js';
import { Redactor } from './redaction.js';

/** Whether a text can be sent as the X-API-Key header, and is long enough to be distinct from other text in a log. */
export function isApiKey(key: unknown): key is string {
  return typeof key === 'string' && /^[\x21-\x7e]{8,}$/.test(key);
}

/** Holds the API key: reads its source once, and again after a 401. */
export class Credentials {
  readonly #settings: Pick<Settings, 'apiKey' | 'timeout'>;
  /** Knows every key that was held. */
  readonly redactor = new Redactor();
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
      this.redactor.add(key);
      this.#current = key;
      return key;
    } catch (error) {
      this.#current = undefined;
      if (error instanceof ConfigurationError) throw error;
      const details = { cause: this.redactor.redactError(error), retryable: true };
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
