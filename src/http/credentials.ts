import { ConfigurationError } from '../errors.js';
import { isApiKey, type Settings } from '../options.js';

const HIDDEN = '[redacted]';

/** Holds the API key: asks its source once, again after a refusal, and takes every key it has seen out of texts. */
export class Credentials {
  readonly #source: Settings['apiKey'];
  readonly #seen = new Set<string>();
  #current: Promise<string> | undefined;

  constructor(source: Settings['apiKey']) {
    this.#source = source;
  }

  /** The key, asked for once for all who need it. */
  key(): Promise<string> {
    this.#current ??= this.#ask();
    return this.#current;
  }

  /** After `refused` was refused: whether a fresh key can be had. Calls that were refused together ask together. */
  async renew(refused: string): Promise<boolean> {
    if (typeof this.#source !== 'function') return false;
    const held = this.#current;
    if ((await held) === refused && this.#current === held) this.#current = undefined;
    return (await this.key()) !== refused;
  }

  /** The text without any key. */
  redact(text: string): string {
    let clean = text;
    for (const secret of this.#seen) clean = clean.replaceAll(secret, HIDDEN);
    return clean;
  }

  /** A copy of an error that is safe to keep as a cause: its name, message and code, without any key. */
  redactError(error: unknown, depth = 0): Error {
    if (!(error instanceof Error)) return new Error(this.redact(String(error)));
    const cause = error.cause === undefined || depth > 5 ? undefined : this.redactError(error.cause, depth + 1);
    const copy = new Error(this.redact(error.message), cause && { cause });
    Object.defineProperty(copy, 'name', { value: error.name, configurable: true, writable: true });
    if (error.stack) copy.stack = this.redact(error.stack);
    const { code } = error as { code?: unknown };
    return typeof code === 'string' ? Object.assign(copy, { code }) : copy;
  }

  async #ask(): Promise<string> {
    try {
      const key = typeof this.#source === 'function' ? (await this.#source()).trim() : this.#source;
      // As short a key as one letter would take that letter out of every text.
      if (key.length >= 4) this.#seen.add(key);
      if (!isApiKey(key)) throw new ConfigurationError('The apiKey function gave no usable key: return visible ASCII.');
      return key;
    } catch (error) {
      this.#current = undefined;
      throw error instanceof ConfigurationError
        ? error
        : new ConfigurationError('The apiKey function failed: see the cause, then call again.', {
            cause: this.redactError(error),
            retryable: true,
          });
    }
  }
}
