import { Agent, type Dispatcher } from 'undici';

/** A `fetch` for the SDK alone, and how to end its connections. */
export interface PoolFetch {
  readonly fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

/**
 * Returns a `fetch` over undici's `request`, which takes less processor time than Node's `fetch`, with the part of a
 * response that the SDK reads. It follows no redirects and decompresses nothing.
 */
export function poolFetch(): PoolFetch {
  const agent = new Agent();
  const send = async (url: string, init: RequestInit) => {
    const { origin } = new URL(url);
    const { statusCode, headers, body } = await agent.request({
      origin,
      path: url.slice(origin.length),
      method: init.method as Dispatcher.HttpMethod,
      headers: init.headers as Headers,
      body: init.body as string | null,
      signal: init.signal as AbortSignal,
    });
    return {
      ok: statusCode >= 200 && statusCode < 300,
      status: statusCode,
      headers: new Headers(headers as Record<string, string>),
      body,
      text: () => body.text(),
    };
  };
  return { fetch: send as unknown as typeof globalThis.fetch, close: () => agent.close() };
}
