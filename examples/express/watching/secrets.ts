import type { Config } from '../config.js';

const HIDDEN = '[redacted]';
/** A shorter one could not be told from other text. */
const SHORTEST = 8;

/** Headers that let somebody in, as JSON states them. */
const HEADERS = /"(x-api-key|authorization|cookie|set-cookie)":("(?:[^"\\]|\\.)*"|\[[^\]]*\])/gi;
const TOKENS = /\bBearer [\w.~+/=-]+|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g;

/**
 * Makes what takes secrets out of a line of JSON: those of the configuration wherever they stand, headers and tokens
 * that let somebody in by how they look. The last thing before a line is written, so that no way leads past it.
 */
export function redactor(config: Pick<Config, 'adminApiKeys' | 'tokens' | 'redisUrls'>): (line: string) => string {
  const passwords = config.redisUrls.map((url) => new URL(url).password).flatMap((text) => [text, decoded(text)]);
  const secrets = [...config.adminApiKeys, config.tokens?.secret ?? '', ...passwords]
    .filter((secret) => secret.length >= SHORTEST)
    .map((secret) => JSON.stringify(secret).slice(1, -1))
    // One may begin with another.
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
