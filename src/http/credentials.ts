import { abortable, Scope } from '../core/abort.js';
import { ConfigurationError } from '../errors.js';
import type { Settings } from '../options.js';
import { Redactor } from './redaction.js';

/** Whether a text can be sent as the X-API-Key header, and is long enough to be distinct from other text in a log. */
export function isApiKey(key: unknown): key is string {
  return typeof key === 'string' && /^[\x21-\x7e]{8,}$/.test(key);
}

/** Holds the API key: calls its function once, and again after a 401. */
export class Credentials {
  readonly #settings: Pick<Settings, 'apiKey' | 'timeout'>;
  /** Knows every key that was held. */
  readonly redactor = new Redactor();
  /** The key, unless its function must be called. */
  held: string | undefined;
  /** The pending call of the function. */
  #pending: Promise<string> | undefined;
  #scope: Scope | undefined;

  constructor(settings: Pick<Settings, 'apiKey' | 'timeout'>) {
    this.#settings = settings;
    if (typeof settings.apiKey === 'string') this.#hold(settings.apiKey);
  }

  /** The key that is held, or what the function returns; concurrent callers share one call. */
  async key(): Promise<string> {
    if (this.held !== undefined) return this.held;
    this.#pending ??= this.#call().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** A fresh key after `refused` was refused, if there is one. Concurrent callers share one call. */
  async renew(refused: string): Promise<string | undefined> {
    if (typeof this.#settings.apiKey !== 'function') return undefined;
    if (this.held === refused) this.held = undefined;
    const fresh = await this.key();
    return fresh === refused ? undefined : fresh;
  }

  /** Aborts a call of the function that no call of the client waits for. */
  async close(): Promise<void> {
    this.#scope?.abort(new ConfigurationError('The client is closed.'));
    await this.#pending?.catch(() => {});
  }

  #hold(key: string): string {
    this.redactor.add(key);
    this.held = key;
    return key;
  }

  async #call(): Promise<string> {
    try {
      const key = await this.#inTime();
      if (isApiKey(key)) return this.#hold(key);
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      const details = { cause: this.redactor.redactError(error), retryable: true };
      throw new ConfigurationError('The apiKey function failed: see the cause, then call again.', details);
    }
    throw new ConfigurationError('The apiKey function gave no usable key: return at least 8 visible characters.');
  }

  /** A function that never resolves would otherwise block every later call too. */
  async #inTime(): Promise<string> {
    const { apiKey, timeout } = this.#settings;
    if (typeof apiKey !== 'function') return apiKey;
    const late = () =>
      new ConfigurationError(`The apiKey function gave no key within ${timeout} ms.`, { retryable: true });
    const scope = new Scope(undefined, () => undefined, { ms: timeout, reason: late });
    this.#scope = scope;
    try {
      return (await abortable(Promise.resolve(apiKey()), scope)).trim();
    } finally {
      scope.release();
      this.#scope = undefined;
    }
  }
}
