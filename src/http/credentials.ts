import { abortable, openScope, type Scope } from '../abort.js';
import { ConfigurationError } from '../errors.js';
import { isApiKey, type Settings } from '../options.js';

const HIDDEN = '[redacted]';
/** Deeper than any error's details. */
const MAX_DEPTH = 64;

/** Holds the API key: asks its source once, again after a refusal, and takes every key it has seen out of texts. */
export class Credentials {
  readonly #settings: Pick<Settings, 'apiKey' | 'timeout'>;
  /** Every form of every key, longest first: one key may begin with another. */
  #secrets: readonly string[] = [];
  #current: Promise<string> | undefined;
  /** The question that the source has not answered yet. */
  #asking: Scope | undefined;

  constructor(settings: Pick<Settings, 'apiKey' | 'timeout'>) {
    this.#settings = settings;
  }

  /** The key, asked for once for all who need it. */
  key(): Promise<string> {
    this.#current ??= this.#ask();
    return this.#current;
  }

  /** A fresh key after `refused` was refused, if there is one. Calls that were refused together ask together. */
  async renew(refused: string): Promise<string | undefined> {
    if (typeof this.#settings.apiKey !== 'function') return undefined;
    const held = this.#current;
    if ((await held) === refused && this.#current === held) this.#current = undefined;
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

  /** A copy of an error that is safe to keep as a cause: its name, message and code, without any key. */
  redactError(error: unknown, depth = 0): Error {
    if (!(error instanceof Error)) return new Error(this.#redactText(String(error)));
    const cause = error.cause === undefined || depth > 5 ? undefined : this.redactError(error.cause, depth + 1);
    const copy = new Error(this.#redactText(error.message), cause && { cause });
    const name = this.#redactText(error.name);
    Object.defineProperty(copy, 'name', { value: name, configurable: true, writable: true });
    if (error.stack) copy.stack = this.#redactText(error.stack);
    const { code } = error as { code?: unknown };
    return typeof code === 'string' ? Object.assign(copy, { code: this.#redactText(code) }) : copy;
  }

  #redactText(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, HIDDEN), text);
  }

  /** Ends a question to the key's source for which nobody waits any more. */
  async close(): Promise<void> {
    this.#asking?.abort(new ConfigurationError('The client is closed.'));
    await this.#current?.catch(() => {});
  }

  async #ask(): Promise<string> {
    try {
      const key = await this.#fromSource();
      if (!isApiKey(key)) {
        throw new ConfigurationError('The apiKey function gave no usable key: return at least 8 visible characters.');
      }
      this.#secrets = [...new Set([...this.#secrets, ...formsOf(key)])].sort((a, b) => b.length - a.length);
      return key;
    } catch (error) {
      this.#current = undefined;
      if (error instanceof ConfigurationError) throw error;
      const details = { cause: this.redactError(error), retryable: true };
      throw new ConfigurationError('The apiKey function failed: see the cause, then call again.', details);
    }
  }

  /** A source that never answers would otherwise hold every later call too. */
  async #fromSource(): Promise<string> {
    const { apiKey, timeout } = this.#settings;
    if (typeof apiKey !== 'function') return apiKey;
    const scope = openScope(undefined, () => undefined, {
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

/** A key as texts hold it: plain, in a URL, in JSON, in Base64 of both kinds. */
function formsOf(key: string): string[] {
  const base64 = btoa(key).replace(/=+$/, '');
  const inUrl = encodeURIComponent(key);
  const lowerCase = inUrl.replace(/%../g, (code) => code.toLowerCase());
  return [
    key,
    inUrl,
    lowerCase,
    JSON.stringify(key).slice(1, -1),
    base64,
    base64.replace(/\+/g, '-').replace(/\//g, '_'),
  ];
}
