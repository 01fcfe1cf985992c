import type { Config } from '../config.js';

const HIDDEN = '[redacted]';
/** Shorter secrets are not redacted, because they could occur in other text. */
const SHORTEST = 8;

/** Headers with credentials, as in JSON. */
const HEADERS = /"(x-api-key|authorization|cookie|set-cookie)":("(?:[^"\\]|\\.)*"|\[[^\]]*\])/gi;
const TOKENS = /\bBearer [\w.~+/=-]+|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g;

/**
 * Returns a function that redacts a line of JSON: the secrets of the configuration anywhere, and headers and tokens by
 * pattern. It is the last step before a line is written, so that no field bypasses it.
 */
export function redactor(config: Pick<Config, 'adminApiKeys' | 'tokens' | 'redisUrls'>): (line: string) => string {
  const passwords = config.redisUrls.map((url) => new URL(url).password).flatMap((text) => [text, decoded(text)]);
  const secrets = [...config.adminApiKeys, config.tokens?.secret ?? '', ...passwords]
    .filter((secret) => secret.length >= SHORTEST)
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .map((secret) => JSON.stringify(secret).slice(1, -1))
    // Longest first: one may be a prefix of another.
    .sort((a, b) => b.length - a.length);

  return (line) =>
    secrets
      .reduce((clean, secret) => clean.replaceAll(secret, HIDDEN), line)
      .replace(HEADERS, `"$1":"${HIDDEN}"`)
      .replace(TOKENS, HIDDEN);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
