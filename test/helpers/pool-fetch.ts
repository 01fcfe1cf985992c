import type { Dispatcher } from 'undici';

/** A fetch over undici's `request`, as docs/frameworks.md shows it. */
export function poolFetch(pool: Dispatcher): typeof fetch {
  const send = async (url: string, init: RequestInit) => {
    const { origin } = new URL(url);
    const response = await pool.request({
      origin,
      path: url.slice(origin.length),
      method: init.method as Dispatcher.HttpMethod,
      headers: init.headers as Headers,
      body: init.body as string | null,
      signal: init.signal as AbortSignal,
    });
    const { statusCode: status, headers, body } = response;
    // The part of a Response that the SDK reads.
    return {
      ok: status >= 200 && status < 300,
      status,
      headers: new Headers(headers as Record<string, string>),
      body,
      text: () => body.text(),
    };
  };
  return send as unknown as typeof fetch;
}
