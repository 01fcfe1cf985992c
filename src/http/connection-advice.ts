import { isError, messageOf, ownMessageOf } from '../core/shapes.js';

/** An error of a connection from fetch, undici or Node: a code, a message, a cause, one error for each address. */
type Failed = Partial<Record<'code' | 'message' | 'cause' | 'errors', unknown>>;

/** An OpenSSL error with its place in the source; the group is its message. */
const OPENSSL = /^[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):[\s\S]*$/;

/** Causes within causes; an error may be its own. */
const DEEPEST = 5;

/** An error and what caused it, the innermost last. By shape: errors may come from another realm. */
function chainOf(error: unknown, depth = 0): Failed[] {
  if (typeof error !== 'object' || error === null || depth > DEEPEST) return [];
  return [error, ...chainOf((error as Failed).cause, depth + 1)];
}

/** The codes of an error, of what caused it, and of what an AggregateError among them holds. */
function codesOf(error: unknown, depth = 0): string[] {
  return chainOf(error, depth).flatMap(({ code, errors }) => [
    text(code) ?? '',
    ...(Array.isArray(errors) && depth < DEEPEST ? errors.flatMap((each) => codesOf(each, depth + 1)) : []),
  ]);
}

/** In words, what broke a request: the innermost message that is not empty, or a code, or a name. */
export function reasonOf(error: unknown): string {
  const chain = chainOf(error).reverse();
  const said = chain.map((each) => (isError(each) ? ownMessageOf(each) : each.message));
  const reason = [...said, ...chain.map(({ code }) => code)].map(text).find(Boolean) ?? messageOf(chain[0] ?? error);
  return reason.replace(OPENSSL, 'TLS: $1');
}

/** What to do about a request to this URL that was not answered. */
export function connectionAdvice(error: unknown, url: string): string {
  const { protocol, host, hostname } = new URL(url);
  const codes = codesOf(error);
  const is = (pattern: RegExp) => codes.some((code) => pattern.test(code));
  if (is(/^ENOTFOUND$/)) return `There is no host ${hostname}: correct the base URL (SPYDRA_BASE_URL).`;
  if (is(/^EAI_/)) return `DNS did not say where ${hostname} is: check the network, then call again.`;
  if (is(/^ECONNREFUSED$/)) {
    return `Nothing listens at ${host}: start the server, or correct the base URL (SPYDRA_BASE_URL).`;
  }
  if (is(/^E(HOST|NET)UNREACH$|^ETIMEDOUT$|^UND_ERR_CONNECT_TIMEOUT$/)) {
    return `${host} cannot be reached: check the base URL (SPYDRA_BASE_URL), the network, and whether a proxy is needed.`;
  }
  if (is(/^ERR_TLS_CERT_ALTNAME_INVALID$/)) {
    return `The certificate is one for another host than ${hostname}: correct the base URL (SPYDRA_BASE_URL).`;
  }
  if (is(/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/)) {
    return `The certificate of ${host} is not valid now: have it renewed, or correct this machine's clock.`;
  }
  if (is(/CERT|UNABLE_TO_VERIFY/)) {
    return `The certificate of ${host} is not trusted: if your own authority signed it, name its file in NODE_EXTRA_CA_CERTS.`;
  }
  if (is(/^ERR_SSL_|^EPROTO$/)) {
    return `${host} does not speak TLS as it should: if it speaks plain HTTP, begin the base URL with http://.`;
  }
  if (is(/^HPE_/)) return `${host} does not answer as HTTP: if it speaks TLS, begin the base URL with https://.`;
  if (is(/^ECONNRESET$|^EPIPE$|^UND_ERR_SOCKET$/)) {
    const scheme = protocol === 'http:' ? ' If it speaks TLS, begin the base URL with https://.' : '';
    return `${host} ended the connection: try again later, and check what stands between.${scheme}`;
  }
  if ('document' in globalThis) {
    return 'Check the base URL and the network, and that the server lets this page call it (CORS; the sandbox: --cors).';
  }
  return 'Check the base URL (SPYDRA_BASE_URL) and the network.';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
