import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isChromiumHere, startChromium } from '../../../test/helpers/chromium.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { SANDBOX } from '../../backend/cluster/topology.js';
import { confirmButton, loggedIn, logIn, newPerson, orderTokens, status } from './helpers/browsing';
import { held, offered, PASSWORD, SECRETS, type Stack, sampleAsset, startStack, users } from './helpers/stack';

const XSS = [
  '<script>window.hacked = 1</script>',
  '<img src=x onerror="window.hacked = 1">',
  '"><svg onload="window.hacked = 1">',
  "javascript:window.hacked=1//'",
  '</title></script><iframe srcdoc="<script>parent.hacked=1</script>">',
];
const EVIL = 'https://evil.example';

describe.skipIf(!isChromiumHere() || isMissing('nginx', 'redis-server', 'openssl'))(
  'the security of the front end',
  () => {
    let browser: Browser;
    let stack: Stack;

    beforeAll(async () => {
      [browser, stack] = await Promise.all([startChromium(), startStack({ instances: 1, webs: 1 })]);
    });
    afterAll(() => Promise.all([browser?.close(), stack?.stop()]));

    /** Sends a request as a program does, which chooses all of its headers. */
    function send(method: string, path: string, headers: Record<string, string> = {}, body = '') {
      return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
        const sent = request(stack.webUrl + path, { method, headers, rejectUnauthorized: false }, (response) => {
          let text = '';
          response.on('data', (chunk) => (text += chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
        });
        sent.once('error', reject).end(body);
      });
    }

    async function sessionCookie(name: string): Promise<string> {
      const { context } = await loggedIn(browser, stack, name);
      const [cookie] = (await context.cookies()).filter((one) => one.name === '__Host-session');
      await context.close();
      return `__Host-session=${cookie?.value}`;
    }

    it('the session is in a cookie that scripts and other sites do not get', async () => {
      const { context } = await loggedIn(browser, stack, 'alice');
      const [cookie] = await context.cookies();
      expect(cookie).toMatchObject({
        name: '__Host-session',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
        path: '/',
      });
    });

    it.each<[string, (valid: string) => string]>([
      ['without a cookie', () => ''],
      ['with a forged one', (valid) => `${valid.slice(0, -2)}AA`],
      [
        'with one that another secret has signed',
        () => `__Host-session=${signed({ until: Date.now() + 1e6 }, 'another')}`,
      ],
      ['with an expired one', () => `__Host-session=${signed({ until: Date.now() - 1 })}`],
      [
        'with one of a user who is unknown',
        () => `__Host-session=${signed({ user: 'mallory', until: Date.now() + 1e6 })}`,
      ],
      [
        'with one that names another role',
        () => `__Host-session=${signed({ role: 'admin', until: Date.now() + 1e6 })}`,
      ],
      [
        'with an order in its place',
        () => `__Host-session=${signed({ until: Date.now() + 1e6 }, SECRETS.WEB_SECRET, 'order')}`,
      ],
    ])('%s a page leads to the login, and a route is 401', async (_what, forge) => {
      const Cookie = forge(await sessionCookie('alice'));
      const page = await send('GET', '/portfolio', { Cookie });
      expect(page).toMatchObject({
        status: 303,
        headers: { location: expect.stringContaining('/login?next=%2Fportfolio') },
      });
      expect((await send('GET', '/api/events', { Cookie })).status).toBe(401);
    });

    /** A text that is signed as the front end signs; by its own secret unless another one is given. */
    function signed(claims: object, secret = SECRETS.WEB_SECRET, purpose = 'session'): string {
      const session = { user: 'alice', role: 'investor', wallet: 'wallet-alice', from: Date.now() - 1_000, ...claims };
      const text = Buffer.from(JSON.stringify(session)).toString('base64url');
      return `${text}.${createHmac('sha256', secret).update(`${purpose}.${text}`).digest('base64url')}`;
    }

    it('a session that was revoked leads to the login at the next request', async () => {
      const { page } = await loggedIn(browser, stack, 'bob');
      const known = await users();
      stack.saveUsers(known.map((user) => (user.name === 'bob' ? { ...user, sessionsFrom: Date.now() } : user)));
      onTestFinished(() => stack.saveUsers(known));
      await page.goto(`${stack.webUrl}/portfolio`);
      expect(new URL(page.url()).pathname).toBe('/login');
    });

    it('attempts to log in are limited, and say how long to wait', async () => {
      const { page } = await newPerson(browser);
      for (let attempt = 0; attempt < 5; attempt++) await logIn(page, stack.webUrl, 'reader', 'wrong');
      await page.getByText('Name and password do not match.').waitFor();
      await logIn(page, stack.webUrl, 'reader');
      await page.getByText('That were too many attempts. Wait 15 minutes').waitFor();
    });

    it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/\t/evil.example'])(
      'a login does not lead to %j',
      async (next) => {
        const body = new URLSearchParams({ name: 'bob', password: PASSWORD, next }).toString();
        const sent = { Origin: stack.webUrl, 'Content-Type': 'application/x-www-form-urlencoded' };
        expect(await send('POST', '/api/login', sent, body)).toMatchObject({ status: 303, headers: { location: '/' } });
      },
    );

    it('a request that writes is refused without the origin of the site', async () => {
      const Cookie = await sessionCookie('alice');
      for (const origin of [{ Origin: EVIL }, { Origin: 'null' }, {}, { Origin: `${stack.webUrl}.evil.example` }]) {
        for (const path of ['/api/orders', '/api/login', '/api/logout', '/assets']) {
          expect((await send('POST', path, { Cookie, ...origin } as Record<string, string>, '{}')).status).toBe(403);
        }
      }
    });

    it('a form that another site posts is refused', async () => {
      const { page } = await loggedIn(browser, stack, 'alice');
      const other = createServer((_request, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end(`<form method="post" action="${stack.webUrl}/api/logout"><button>Win</button></form>`);
      });
      await once(other.listen(0, '127.0.0.1'), 'listening');
      onTestFinished(() => void other.close());
      await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
      const response = page.waitForResponse(`${stack.webUrl}/api/logout`);
      await page.getByRole('button').click();
      expect((await response).status()).toBe(403);
      await page.goto(`${stack.webUrl}/portfolio`);
      expect(new URL(page.url()).pathname).toBe('/portfolio');
    });

    it('investors and users cannot do what admins do, and nobody sends the order of another person', async () => {
      const { assetId } = await sampleAsset(stack);
      const alice = await loggedIn(browser, stack, 'alice');
      for (const path of ['/admin', '/admin/assets/new', '/admin/distribute', `/admin/assets/${assetId}`]) {
        await alice.page.goto(stack.webUrl + path);
        await alice.page.getByText('You may not do this.').waitFor();
      }
      await orderTokens(alice.page, stack.webUrl, assetId, '3');
      const path = new URL(alice.page.url()).pathname;
      const [mine, bobs] = await Promise.all([sessionCookie('alice'), sessionCookie('bob')]);
      const write = (Cookie: string, route: string, body: object) =>
        send('POST', route, { Cookie, Origin: stack.webUrl, 'Content-Type': 'application/json' }, JSON.stringify(body));
      const mint = { kind: 'mint', assetId, amount: '5', recipientWallet: 'wallet-alice' };
      expect((await write(mine, '/api/orders', mint)).status).toBe(403);
      expect((await write(mine, '/api/distribution', { ...mint, reference: 'r' })).status).toBe(403);
      expect((await write(bobs, `/api${path}/send`, { step: 'purchase' })).status).toBe(404);
      expect((await write(bobs, `/api${path}/begin`, {})).status).toBe(404);
      expect((await write(mine, `/api${path.slice(0, -3)}AAA/send`, { step: 'purchase' })).status).toBe(404);
    });

    it('texts that look like markup are shown as texts', async () => {
      const { page, troubles } = await loggedIn(browser, stack, 'alice');
      const offers = XSS.map((text) => {
        const texts = {
          name: `Name ${text}`,
          symbol: text,
          description: text,
          assetType: text,
          metadata: { [text]: text },
        };
        return offered(stack, texts, `wallet ${text.replaceAll('/', '')}`);
      });
      for (const [index, assetId] of (await Promise.all(offers)).entries()) {
        await page.goto(`${stack.webUrl}/assets/${assetId}`);
        await page.getByRole('heading', { name: `Name ${XSS[index]}` }).waitFor();
        expect(await page.locator('.lead').innerText()).toBe(XSS[index]);
      }
      await page.goto(`${stack.webUrl}/assets`);
      for (const text of XSS) await page.getByRole('link', { name: `Name ${text}` }).waitFor();
      expect(await page.evaluate('window.hacked')).toBeUndefined();
      expect(troubles).toEqual([]);
    });

    it('every page has a policy with a nonce of its own, without unsafe-inline, and every script has the nonce', async () => {
      const Cookie = await sessionCookie('alice');
      const nonces = new Set<string>();
      for (const path of ['/login', '/assets', '/portfolio', '/nothing', '/forbidden']) {
        const { headers, text } = await send('GET', path, path === '/login' ? {} : { Cookie });
        const policy = String(headers['content-security-policy']);
        expect(policy).not.toMatch(/unsafe|https?:|\*/);
        const [, nonce = ''] = /'nonce-([^']+)'/.exec(policy) ?? [];
        nonces.add(nonce);
        const scripts = text.match(/<script\b[^>]*>/g) ?? [];
        expect(scripts.length).toBeGreaterThan(0);
        for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
        expect(text).not.toMatch(/<[a-z][^>]* (style|on[a-z]+)=/i);
        expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
        expect(headers['cache-control']).toContain('no-store');
      }
      expect(nonces.size).toBe(5);
    });

    it('no key is in a response, in a file of the build or in a log', async () => {
      const { page } = await loggedIn(browser, stack, 'admin');
      const texts: Promise<string>[] = [];
      page.on('response', (response) => texts.push(response.text().catch(() => '')));
      for (const path of ['/admin', '/admin/assets/new', '/admin/distribute', '/assets']) {
        await page.goto(stack.webUrl + path, { waitUntil: 'networkidle' });
      }
      const build = new URL('../.next/static', import.meta.url).pathname;
      const files = [build, stack.directory].flatMap((folder) =>
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && (folder === build || /^(web|nginx|backend).*\.log$/.test(entry.name)))
          .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
      );
      const { adminKey } = stack;
      const all = [...(await Promise.all(texts)), ...files].join('\n');
      expect(all.length).toBeGreaterThan(100_000);
      const found = [adminKey, SANDBOX.apiKey, ...Object.values(SECRETS), PASSWORD].filter((secret) =>
        all.includes(secret),
      );
      expect(found).toEqual([]);
      // Neither is what only the server needs.
      expect(all).not.toMatch(/Bearer ey|spydra-sdk/);
    });

    it('a price that changes before the confirmation is refused with a sentence, and nothing is bought', async () => {
      const { assetId } = await sampleAsset(stack);
      const { page } = await loggedIn(browser, stack, 'bob');
      await orderTokens(page, stack.webUrl, assetId, '2');
      const before = await held(stack, 'wallet-bob', assetId);
      const update = (pricePerToken: string) =>
        stack.ledger.assets.update(assetId, { updates: { pricePerToken }, updaterWallet: 'wallet-treasury' });
      await update('51');
      onTestFinished(async () => void (await update('50')));
      await confirmButton(page).click();
      await page.getByText('The price has changed.').waitFor();
      await status(page).getByText('This request changed nothing.').waitFor();
      expect(await held(stack, 'wallet-bob', assetId)).toBe(before);
    });

    it('requests are limited by person, though all of them come from the front end', async () => {
      const limited = await startStack({ instances: 1, webs: 1, environment: { RATE_LIMIT_PER_ADDRESS: '10' } });
      onTestFinished(() => limited.stop());
      const Cookie = `__Host-session=${signed({ until: Date.now() + 1e6 })}`;
      const look = async (address: string) => {
        const url = `http://127.0.0.1:${limited.web.ports[0]}/assets`;
        return (await fetch(url, { headers: { Cookie, 'X-Forwarded-For': `198.51.100.9, ${address}` } })).text();
      };
      const seen: string[] = [];
      for (let request = 0; request < 7; request++) seen.push(await look('203.0.113.1'));
      expect(seen[0]).toContain('Harbour View Residences');
      expect(seen.at(-1)).toContain('too many requests');
      expect(await look('203.0.113.2')).toContain('Harbour View Residences');
    });
  },
);
