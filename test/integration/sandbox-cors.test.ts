import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { createSandbox } from 'spydra-sdk/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { isChromiumHere, startChromium } from '../helpers/chromium.js';

/** Milliseconds; far more than a browser takes. */
const PATIENCE = 120_000;

/** A page that mints, reads back, and shows the result. */
const SCRIPT = `
  import { SpydraClient } from './src/index.ts';
  const spydra = new SpydraClient({ ...window.place, dangerouslyAllowBrowser: true, retries: 0 });
  const done = async () => {
    const asset = { name: 'n', symbol: 's', description: 'd', assetType: 'art', totalValue: '10', totalSupply: 10n };
    const { assetId } = await spydra.assets.create({ ...asset, creatorWallet: 'w' });
    const options = { idempotencyKey: 'order-1', headers: { traceparent: '00-0-0-00' } };
    await spydra.tokens.mint({ assetId, recipientWallet: 'w', amount: 5n }, options);
    const { balances } = await spydra.wallets.balance('w');
    const missing = await spydra.assets.get('none').catch((error) => error.name + ' ' + Boolean(error.requestId));
    return balances[0].balance + ' ' + missing;
  };
  done().then((text) => text, (error) => error.message).then((text) => (document.title = text));
`;

/** The origin of a page with the script, another one than the sandbox's. */
async function pageAt(place: object): Promise<string> {
  const bundled = await build({
    stdin: { contents: SCRIPT, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  });
  const script = `window.place = ${JSON.stringify(place)};\n${bundled.outputFiles[0]?.text}`;
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title></title><script src="/page.js"></script>');
  });
  onTestFinished(() => void server.close());
  onTestFinished(() => server.closeAllConnections());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

test.skipIf(!isChromiumHere())(
  'a page in Chromium can call the sandbox only from allowed origins',
  { timeout: PATIENCE },
  async () => {
    const sandbox = createSandbox({ cors: '*' });
    onTestFinished(() => sandbox.close());
    const { url } = await sandbox.listen();
    const { fetch: _, ...place } = { ...sandbox.connection(), baseUrl: `${url}/v2` };
    const [browser, origin] = await Promise.all([startChromium(), pageAt(place)]);
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(origin);
    await page.waitForFunction('document.title !== ""');
    expect(await page.title()).toBe('5 NotFoundError true');
  },
);
