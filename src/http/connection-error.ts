import { causesOf } from '../core/shapes.js';
import { ConnectionError, type ErrorDetails } from '../errors.js';
import type { Prepared } from './request.js';

/** An OpenSSL error with its place in the source; the group is its message. */
const OPENSSL = /^[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):[\s\S]*$/;

/** What to do, by the code of what broke a request: the first row with it counts. VARIABLE is the name of that of the base URL. */
const ADVICE: readonly (readonly [codes: RegExp, advice: (url: URL) => string])[] = [
  [/^ENOTFOUND$/, ({ hostname }) => `There is no host ${hostname}: correct the base URL (VARIABLE).`],
  [/^EAI_/, ({ hostname }) => `DNS did not say where ${hostname} is: check the network, then call again.`],
  [/^ECONNREFUSED$/, ({ host }) => `Nothing listens at ${host}: start the server, or correct the base URL (VARIABLE).`],
  [
    /^E(HOST|NET)UNREACH$|^ETIMEDOUT$|^UND_ERR_CONNECT_TIMEOUT$/,
    ({ host }) =>
      `${host} cannot be reached: check the base URL (VARIABLE), the network, and whether a proxy is needed.`,
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    ({ hostname }) => `The certificate is one for another host than ${hostname}: correct the base URL (VARIABLE).`,
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

const UNKNOWN = () =>
  'document' in globalThis
    ? 'Check the base URL and the network, and that the server lets this page call it (CORS; the sandbox: --cors).'
    : 'Check the base URL (VARIABLE) and the network.';

/**
 * The error for a request that was not answered, with the reason in words and what to do.
 *
 * @param details - of the error; its cause is a copy of what fetch has thrown, without secrets
 */
export function connectionError(
  request: Prepared<unknown>,
  isUnsent: boolean,
  details: ErrorDetails & { readonly cause: Error },
): ConnectionError {
  const causes = causesOf(details.cause);
  const last = (name: 'message' | 'code') => causes.map((each) => each[name]).findLast(Boolean);
  // The innermost says most.
  const reason = String(last('message') ?? last('code') ?? details.cause.name).replace(OPENSSL, 'TLS: $1');
  const codes = codesOf(details.cause);
  const [, advice = UNKNOWN] = ADVICE.find(([pattern]) => codes.some((code) => pattern.test(code))) ?? [];
  const next = advice(new URL(request.url)).replace('VARIABLE', request.variable);
  const what = isUnsent ? 'was not sent' : 'got no answer';
  return new ConnectionError(`${request.name} ${what} (${reason}). ${request.redact(next)}`, details);
}

/** The codes of an error, of what caused it, and of what an AggregateError among them holds. */
function codesOf(error: unknown): string[] {
  return causesOf(error).flatMap(({ code, errors }) => [
    String(code),
    ...(Array.isArray(errors) ? errors.flatMap(codesOf) : []),
  ]);
}
