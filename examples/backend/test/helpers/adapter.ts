import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { parseJson, type SpydraClient, stringifyJson } from 'spydra-sdk';
import { scaledClock } from 'spydra-sdk/sandbox';
import { onTestFinished, vi } from 'vitest';
import { API_KEY, testClient } from '../../../../test/helpers/client.js';
import { sandboxed } from '../../../../test/helpers/sandbox.js';
import { contractRoutes } from '../../openapi/contract-routes.js';
import { spydraRouter } from '../../router.js';
import { expectAsDocumented } from './contract.js';

export const ADMIN_KEY = 'admin-key-that-nobody-may-see';

/** What the adapter answered. */
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
 * The adapter behind a real HTTP server of the test's own, and a way to call it: `await call('GET /assets')`.
 * Every answer is checked against the published contract.
 */
export async function adapterOf(spydra: SpydraClient) {
  const logger = { error: vi.fn() };
  const app = express();
  app.use(contractRoutes('/api/spydra'));
  app.use('/api/spydra', spydraRouter(spydra, { adminApiKey: ADMIN_KEY, logger }));
  return { logger, ...(await served(createServer(app))) };
}

/** Lets a real HTTP server of the test's own listen, and gives a way to call the documented routes on it. */
export async function served(server: Server) {
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
    expectAsDocumented(route, answer);
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

/** The adapter on a seeded sandbox that really listens and cuts blocks of 2 s, a hundred times as fast. */
export async function adapterOnSandbox() {
  const { sandbox } = sandboxed({ apiKey: API_KEY, blockTime: 2_000, clock: scaledClock(100) });
  const { url } = await sandbox.listen();
  const spydra = testClient({ ...sandbox.connection(), baseUrl: `${url}/v2`, fetch: globalThis.fetch });
  return { sandbox, spydra, seeded: sandbox.seed(), ...(await adapterOf(spydra)) };
}
