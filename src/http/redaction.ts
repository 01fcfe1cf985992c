import { type ErrorShape, isError, ownMessageOf } from '../core/shapes.js';
import { decodedForms, holdsSecret } from './spellings.js';

const HIDDEN = '[redacted]';
/** Deeper than any error's details. */
const MAX_DEPTH = 64;
/** How deep errors within errors are copied. */
const MAX_CAUSES = 5;

/** Removes secrets from what errors and logs hold. */
export class Redactor {
  /** Longest first: one may begin with another. */
  #secrets: readonly string[] = [];
  /** Their decoded forms: made when a text is redacted, which most calls never do. */
  #forms: readonly string[] | undefined;

  add(secret: string): void {
    this.#secrets = [...new Set([...this.#secrets, secret])].sort((a, b) => b.length - a.length);
    this.#forms = undefined;
  }

  /** The value with every secret taken out of its texts, in depth. */
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
   * A copy of an error that is safe to keep as a cause: its name, message and code, without any secret. Never throws:
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

  /** The text without the secrets; none of it if it holds one in another spelling. */
  #redactText(text: string): string {
    const clean = this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
    this.#forms ??= this.#secrets.flatMap(decodedForms);
    return holdsSecret(clean, this.#forms) ? HIDDEN : clean;
  }
}
