import { ConfigurationError } from '../errors.js';

/** The oldest supported Node, as in `engines` of package.json. */
const MAJOR = 20;
const MINOR = 19;

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
