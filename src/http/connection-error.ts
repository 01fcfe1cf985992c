import { causesOf, isError, messageOf, ownMessageOf } from '../core/shapes.js';
import { ConnectionError, type ErrorDetails } from '../errors.js';
import type { Prepared, Redact } from './request.js';

/** An OpenSSL error with its place in the source; the group is its message. */
const OPENSSL = /^[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):[\s\S]*$/;

/** Errors within errors. */
const DEEPEST = 5;

/** What to do, by the code of what broke a request: the first row with it counts. */
const ADVICE: readonly (readonly [codes: RegExp, advice: (url: URL) => string])[] = [
  [/^ENOTFOUND$/, ({ hostname }) => `There is no host ${hostname}: correct the base URL (SPYDRA_BASE_URL).`],
  [/^EAI_/, ({ hostname }) => `DNS did not say where ${hostname} is: check the network, then call again.`],
  [
    /^ECONNREFUSED$/,
    ({ host }) => `Nothing listens at ${host}: start the server, or correct the base URL (SPYDRA_BASE_URL).`,
  ],
  [
    /^E(HOST|NET)UNREACH$|^ETIMEDOUT$|^UND_ERR_CONNECT_TIMEOUT$/,
    ({ host }) =>
      `${host} cannot be reached: check the base URL (SPYDRA_BASE_URL), the network, and whether a proxy is needed.`,
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    ({ hostname }) =>
      `The certificate is one for another host than ${hostname}: correct the base URL (SPYDRA_BASE_URL).`,
  ],
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    ({ host }) => `The certificate of ${host} is not valid now: have it renewed, or correct this machine's clock.`,
  ],
  [
    /CERT|UNABLE_TO_VERIFY/,
    ({ host }) =>
      `The certificate of ${host} is not trusted: if your own authority signed it, name its file in NODE_EXTRA_CA_CERTS.`,
  ],
  [
    /^ERR_SSL_|^EPROTO$/,
    ({ host }) => `${host} does not speak TLS as it should: if it speaks plain HTTP, begin the base URL with http://.`,
  ],
  [/^HPE_/, ({ host }) => `${host} does not answer as HTTP: if it speaks TLS, begin the base URL with https://.`],
  [
    /^ECONNRESET$|^EPIPE$|^UND_ERR_SOCKET$/,
    ({ host, protocol }) => {
      const scheme = protocol === 'http:' ? ' If it speaks TLS, begin the base URL with https://.' : '';
      return `${host} ended the connection: try again later, and check what stands between.${scheme}`;
    },
  ],
];

/**
 * The error for a request that was not answered, with the reason in words and what to do.
 *
 * @param thrown - what fetch has thrown
 * @param details - of the error, its cause without secrets among them
 */
export function connectionError(
  request: Prepared<unknown>,
  thrown: unknown,
  isUnsent: boolean,
  details: ErrorDetails,
  redact: Redact,
): ConnectionError {
  const inWords = (error: unknown) => `(${redact(reasonOf(error))}). ${redact(adviceOn(error, new URL(request.url)))}`;
  const why = () => {
    try {
      return inWords(thrown);
    } catch {
      // What was thrown cannot be read.
      return inWords(undefined);
    }
  };
  return new ConnectionError(`${request.name} ${isUnsent ? 'was not sent' : 'got no answer'} ${why()}`, details);
}

/** The innermost message that is not empty, or a code, or a name. */
function reasonOf(error: unknown): string {
  const chain = causesOf(error).reverse();
  const messages = chain.map((each) => (isError(each) ? ownMessageOf(each) : each.message));
  const reason = [...messages, ...chain.map(({ code }) => code)].find(
    (each) => typeof each === 'string' && each !== '',
  );
  return String(reason ?? messageOf(chain[0] ?? error)).replace(OPENSSL, 'TLS: $1');
}

function adviceOn(error: unknown, url: URL): string {
  const codes = codesOf(error);
  const [, advice] = ADVICE.find(([pattern]) => codes.some((code) => pattern.test(code))) ?? [];
  if (advice) return advice(url);
  return 'document' in globalThis
    ? 'Check the base URL and the network, and that the server lets this page call it (CORS; the sandbox: --cors).'
    : 'Check the base URL (SPYDRA_BASE_URL) and the network.';
}

/** The codes of an error, of what caused it, and of what an AggregateError among them holds. */
function codesOf(error: unknown, depth = 0): string[] {
  return causesOf(error).flatMap(({ code, errors }) => [
    ...(typeof code === 'string' ? [code] : []),
    ...(Array.isArray(errors) && depth < DEEPEST ? errors.flatMap((each) => codesOf(each, depth + 1)) : []),
  ]);
}
