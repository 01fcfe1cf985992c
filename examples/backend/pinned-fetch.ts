import { createHash, X509Certificate } from 'node:crypto';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { Agent, fetch as fetchBy } from 'undici';

export interface PinOptions {
  /** Base64 of SHA-256 over the server's public key, as `deploy/secrets.md` prints it: today's, and the next one. */
  readonly pins: readonly string[];
  /** Certificates to trust in place of the system's, in PEM. */
  readonly ca?: string;
}

/**
 * Returns a `fetch` that connects only to servers with one of the pinned keys. Nothing is sent to any other server, so
 * a write ends as not applied, with the reason in its message.
 *
 * @example
 * ```ts
 * const spydra = new SpydraClient({ fetch: pinnedFetch({ pins: ['Xy…='] }) });
 * ```
 */
export function pinnedFetch({ pins, ca }: PinOptions): typeof globalThis.fetch {
  const check = (host: string, certificate: PeerCertificate) =>
    checkServerIdentity(host, certificate) ?? (pins.includes(pinOf(certificate.raw)) ? undefined : otherKey(host));
  const dispatcher = new Agent({ connect: { checkServerIdentity: check, ...(ca === undefined ? {} : { ca }) } });
  const pinned = (input: string, init: object) => fetchBy(input, { ...init, dispatcher });
  return pinned as unknown as typeof globalThis.fetch;
}

/** Returns the pin of a certificate in DER or PEM. A renewed certificate with the same key has the same pin. */
export function pinOf(certificate: string | Buffer): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** The syscall `connect` shows the SDK that nothing was sent. */
function otherKey(host: string): Error {
  return Object.assign(new Error(`the key of ${host} is not pinned`), { syscall: 'connect' });
}
