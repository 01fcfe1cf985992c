import type { AddressInfo } from 'node:net';
import type { SpydraClientOptions } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { onTestFinished } from 'vitest';
import { API_KEY, testClient } from '../../../../test/helpers/client.js';
import { createApp, PATH } from '../../app.js';
import { readConfig } from '../../config.js';
import { openServer } from '../../serving/open-server.js';
import { watch } from '../../watching/watch.js';
import { ADMIN_KEY, WIDE } from './backend.js';

/** A line of the log. */
export type Line = Readonly<Record<string, unknown>>;

/** Gives Spydra's answer to a request in its place; undefined: Spydra answers itself. */
export type Fault = (url: URL, init: RequestInit | undefined) => Response | Promise<Response> | Error | undefined;

/** The whole backend behind a real server, on a sandbox that listens, and what is seen of it from outside. */
export async function watched(environment: Record<string, string> = {}, options: SpydraClientOptions = {}) {
  const sandbox = createSandbox({ apiKey: API_KEY });
  onTestFinished(() => sandbox.close());
  const { url } = await sandbox.listen();
  const config = readConfig({ AUTH_API_KEY: ADMIN_KEY, LOG_LEVEL: 'debug', ...WIDE, ...environment });

  const written: string[] = [];
  const watching = watch(config, { write: (line) => void written.push(line) });
  onTestFinished(() => watching.metrics.close());
  let fault: Fault = () => undefined;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const given = await fault(new URL(String(input)), init);
    if (given instanceof Error) throw given;
    return given ?? globalThis.fetch(input, init);
  };
  const connection = { ...sandbox.connection(), baseUrl: `${url}/v2` };
  const spydra = testClient({ ...connection, fetch, logger: watching.log, cache: true, ...options });

  const { server } = openServer(createApp(spydra, config, { watching }), config, watching.log);
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  /** Calls a documented route: `call('POST /tokens/mint', { … })` with the admin key, unless headers say otherwise. */
  const call = async (route: string, body?: object, headers: Record<string, string> = { 'X-API-Key': ADMIN_KEY }) => {
    const [method = '', path = ''] = route.split(' ');
    const json = body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } };
    return send(`${origin}${PATH}${path}`, { method, headers, ...json });
  };

  return {
    origin,
    port,
    call,
    readiness: watching.readiness,
    seeded: await sandbox.seed(),
    /** Lets Spydra fail from now on. */
    fail: (with_: Fault) => {
      fault = with_;
    },
    /** All that was logged. */
    log: () => written.join(''),
    lines: () => written.map((line): Line => JSON.parse(line)),
    metrics: async () => seriesIn(await (await globalThis.fetch(`${origin}/metrics`)).text()),
  };
}

/** The answer, and its body read to its end. */
async function send(url: string, init: RequestInit) {
  const response = await globalThis.fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** One series of Prometheus' text format. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function seriesIn(text: string): Series[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
      return { name, labels: Object.fromEntries(pairs), value: Number(value) };
    });
}

/** The sum of all series of a name with such labels. */
export function total(series: readonly Series[], name: string, labels: Record<string, string> = {}): number {
  const wanted = Object.entries(labels);
  return series
    .filter((each) => each.name === name && wanted.every(([label, value]) => each.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
