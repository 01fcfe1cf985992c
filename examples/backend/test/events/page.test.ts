import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isChromiumHere, startChromium } from '../../../../test/helpers/chromium.js';
import { isMissing } from '../../../../test/helpers/programs.js';
import { backendOnSandbox } from '../helpers/backend.js';
import { proxyBefore } from '../helpers/proxied.js';
import { BY_SECRET, token } from '../helpers/tokens.js';

/** Milliseconds in which the page must show a transaction. */
const TIMEOUT = 20_000;

/** The code for pages in the README. */
const [, CODE = ''] = /```js\n(.*?)```/s.exec(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')) ?? [];

/** Where the page is, and what it runs. */
interface Site {
  readonly origin: string;
  readonly script: string;
}

const page = (script: string) => `<!doctype html><title>Events</title><ul></ul><script type="module">
  const show = (type, { transactionId }) => {
    const item = document.createElement('li');
    item.textContent = [type, transactionId, Date.now()].join(' ');
    document.querySelector('ul').append(item);
  };
  ${script}
</script>`;

describe.skipIf(!isChromiumHere() || isMissing('nginx', 'openssl'))('a page in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  /** The backend behind nginx, whose workers end a second after a reload, and a page that listens to it. */
  async function opened(makeSite: (backendPort: number, proxyUrl: string) => Promise<Site>) {
    const { port, spydra, seeded, sandbox } = await backendOnSandbox(BY_SECRET);
    const adjust = (text: string) => text.replace(/worker_shutdown_timeout \w+;/, 'worker_shutdown_timeout 1s;');
    const proxy = await proxyBefore({ backendPorts: [port], adjust });
    onTestFinished(() => proxy.stop());
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    onTestFinished(() => context.close());
    const tab = await context.newPage();
    const { origin, script } = await makeSite(port, `https://localhost:${proxy.httpsPort}`);
    const url = `${origin}/page`;
    const body = page(script);
    await tab.route(url, (route) => route.fulfill({ contentType: 'text/html', body }));
    const streams: number[] = [];
    tab.on('response', (response) => {
      if (response.url().endsWith('/events')) streams.push(response.status());
    });
    await tab.goto(url);
    await expect.poll(() => streams.length, { timeout: TIMEOUT }).toBe(1);
    const committedAt = new Map<string, number>();
    sandbox.onEvent(({ transactionId }) => committedAt.set(transactionId, Date.now()));
    const transfer = async () => {
      const assetId = seeded.assets[0]?.assetId ?? '';
      const move = { assetId, fromWallet: 'wallet-treasury', toWallet: 'wallet-alice', amount: 1n };
      const { transactionId } = await spydra.tokens.transfer(move);
      const item = tab.locator('li', { hasText: transactionId });
      await item.waitFor({ timeout: TIMEOUT });
      const [, , shownAt] = (await item.innerText()).split(' ');
      return Number(shownAt) - (committedAt.get(transactionId) ?? Number.NaN);
    };
    return { tab, proxy, streams, transfer };
  }

  const byFetch = async (_backendPort: number, origin: string) => ({
    origin,
    script: `${CODE}
      const stop = new AbortController();
      const token = '${await token({ role: 'investor', wallet: 'wallet-alice' })}';
      for await (const { type, data } of transactions('/api/spydra/events', () => token, stop.signal)) show(type, data);`,
  });

  /** A server with a session, in front of the backend, to which it sends the token. */
  const byEventSource = async (backendPort: number) => {
    const authorization = `Bearer ${await token({ role: 'admin' })}`;
    const front = createServer(async (request, response) => {
      const id = request.headers['last-event-id'];
      const headers = { Authorization: authorization, ...(typeof id === 'string' && { 'Last-Event-ID': id }) };
      const stop = new AbortController();
      response.once('close', () => stop.abort());
      const events = await fetch(`http://127.0.0.1:${backendPort}/api/spydra/events`, { headers, signal: stop.signal });
      response.writeHead(events.status, { 'Content-Type': 'text/event-stream' });
      if (events.body)
        Readable.fromWeb(events.body)
          .on('error', () => response.destroy())
          .pipe(response);
    });
    await once(front.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void front.close().closeAllConnections());
    const { port } = front.address() as AddressInfo;
    const script = `const source = new EventSource('/events');
      source.addEventListener('transaction', ({ type, data }) => show(type, JSON.parse(data)));`;
    return { origin: `http://127.0.0.1:${port}`, script };
  };

  it('shows a transfer soon after its commit, and again after nginx was reloaded under it', async () => {
    const { tab, proxy, streams, transfer } = await opened(byFetch);
    const latencies = [await transfer()];
    await proxy.reload();
    // The old worker ends the stream, and the page connects again by itself.
    await expect.poll(() => streams.length, { timeout: TIMEOUT }).toBe(2);
    latencies.push(await transfer(), await transfer());
    expect(latencies.every((latency) => latency < TIMEOUT)).toBe(true);
    expect(await tab.locator('li', { hasText: 'reset' }).count()).toBe(0);
    expect(await tab.locator('li', { hasText: 'transaction' }).count()).toBe(3);
  });

  it('shows a transfer by EventSource, through a server that adds the token', async () => {
    const { transfer } = await opened(byEventSource);
    expect(await transfer()).toBeLessThan(TIMEOUT);
  });
});
