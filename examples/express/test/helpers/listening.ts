import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseJson, stringifyJson } from 'spydra-sdk';
import { onTestFinished } from 'vitest';

export const ADMIN_KEY = 'admin-key-that-nobody-may-see';

/** A response of the server. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON, to the last digit. */
  readonly body: unknown;
}

/** What to send along. */
export interface Sent {
  /** An object becomes JSON; a text or bytes go out as they are. */
  readonly body?: object | string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Lets a real HTTP server of the test's own listen, and gives a way to call the documented routes on it: `await
 * call('GET /assets')`. Every response passes `check`.
 */
export async function listening(server: Server, check: (route: string, answer: Answer) => void) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;

  async function callAs(key: string | undefined, route: string, { body, headers = {}, signal }: Sent): Promise<Answer> {
    const [method = '', path = ''] = route.split(' ');
    const isRaw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`http://127.0.0.1:${port}/api/spydra${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(key === undefined ? {} : { 'X-API-Key': key }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? body : stringifyJson(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? undefined : parseJson(text),
    };
    check(route, answer);
    return answer;
  }

  return {
    port,
    /** Without a key. */
    call: (route: string, sent: Sent = {}) => callAs(undefined, route, sent),
    /** With the admin key. */
    admin: (route: string, sent: Sent = {}) => callAs(ADMIN_KEY, route, sent),
    as: (key: string, route: string, sent: Sent = {}) => callAs(key, route, sent),
  };
}
