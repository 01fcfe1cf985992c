import type { Prepared } from './request.js';

type Asked = Pick<Prepared<unknown>, 'url' | 'baseUrl' | 'path'>;

/** What to check if the server does not seem to be Spydra's API. */
export function baseUrlAdvice({ baseUrl }: Pick<Asked, 'baseUrl'>): string {
  return `Check the base URL (SPYDRA_BASE_URL): ${hint(baseUrl)}`;
}

/** What to do about a refusal that looks as if the request had gone to the wrong place; undefined for any other. */
export function placeAdvice(response: Response, isJson: boolean, asked: Asked): string | undefined {
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    return redirectAdvice(response, asked);
  }
  // The response of nginx, Node and Go to plain HTTP on a port for TLS.
  if (response.status === 400 && !isJson && asked.baseUrl.startsWith('http:')) {
    return `${baseUrlAdvice(asked)} If it speaks TLS, begin the base URL with https://.`;
  }
  if (response.status !== 404) return undefined;
  if (!isJson) return baseUrlAdvice(asked);
  return isVersioned(asked.baseUrl) ? undefined : `Check the id, and the base URL: ${hint(asked.baseUrl)}`;
}

function redirectAdvice(response: Response, { url, path }: Asked): string {
  const target = targetOf(response, url);
  const base = target?.endsWith(path) ? target.slice(0, -path.length) : undefined;
  const where = target === undefined ? '' : ` It points to ${target}.`;
  return `Redirects are not followed, since they would take the key along.${where} Set the base URL (SPYDRA_BASE_URL) to ${base ?? 'where the API is'}.`;
}

/** Without user, query and fragment, which may hold secrets. A browser shows none of it. */
function targetOf({ headers }: Response, url: string): string | undefined {
  const location = headers.get('Location');
  if (!location || !URL.canParse(location, url)) return undefined;
  const { protocol, host, pathname } = new URL(location, url);
  return `${protocol}//${host}${pathname}`;
}

function hint(baseUrl: string): string {
  return isVersioned(baseUrl) ? 'is Spydra there?' : "Spydra's ends in /v2, and this one does not.";
}

function isVersioned(baseUrl: string): boolean {
  return /\/v\d+$/.test(baseUrl);
}
