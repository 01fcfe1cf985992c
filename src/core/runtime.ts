import { ConfigurationError } from '../errors.js';

/*
 * What the runtime offers and refuses: Node, Deno, browsers, Cloudflare Workers.
 */

/** The oldest supported Node, as in `engines` of package.json. */
const MAJOR = 20;
const MINOR = 19;

const ADVICE =
  'Make the client in the handler: on Cloudflare Workers nothing that waits may be shared between requests. Nothing was sent.';

/** The text of an environment variable; undefined where it is not set, is empty or must not be read. */
export function variable(name: string): string | undefined {
  try {
    // Deno throws without a permission for it.
    return globalThis.process?.env?.[name]?.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Refuses a Node that is too old, before a missing feature fails with an obscure error. Other runtimes report the version
 * of Node that they emulate, or none.
 *
 * @throws ConfigurationError
 */
export function ensureNode(version: string | undefined = globalThis.process?.versions?.node): void {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (!version || major > MAJOR || (major === MAJOR && minor >= MINOR)) return;
  throw new ConfigurationError(
    `spydra-sdk needs Node ${MAJOR}.${MINOR} or later, and this is Node ${version}: install a current one from https://nodejs.org.`,
  );
}

/** Whether this is a page, and not Node with a page's globals, as tests have. */
export function isBrowser(): boolean {
  return 'window' in globalThis && 'document' in globalThis && !globalThis.process?.versions?.node;
}

/**
 * Checks that a client can work here. Cloudflare Workers refuse random values while a module is loaded.
 *
 * @throws ConfigurationError
 */
export function ensureMayBegin(): void {
  try {
    crypto.randomUUID();
  } catch (cause) {
    throw new ConfigurationError(`The Spydra client cannot be made here. ${ADVICE}`, { cause });
  }
}

/**
 * A signal that can be read in this request alone, where Cloudflare Workers tie timers and signals to the request that
 * made them; elsewhere in all.
 */
export function signalOfRequest(): AbortSignal {
  const { signal } = new AbortController();
  // It belongs to the request that first looks at it.
  void signal.aborted;
  return signal;
}

/** The error of a client that is used in another request: a write in it would end unknown, or never. */
export function ofOtherRequest(cause: unknown): ConfigurationError {
  return new ConfigurationError(`This Spydra client was made for another request. ${ADVICE}`, { cause });
}
