import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isMissing } from '../../../test/helpers/programs.js';
import { type Answer, HttpClient } from './helpers/http-client';
import { held, type Stack, sampleAsset, startStack, TREASURY, users } from './helpers/stack';

describe.skipIf(isMissing('nginx', 'redis-server', 'openssl'))('the front end and a hostile person', () => {
  let stack: Stack;
  let assetId: string;
  let alice: HttpClient;
  let bob: HttpClient;

  beforeAll(async () => {
    stack = await startStack({ instances: 2, webs: 2, blockTime: '200ms' });
    ({ assetId } = await sampleAsset(stack));
    alice = await HttpClient.loggedIn(stack.webUrl, 'alice');
    bob = await HttpClient.loggedIn(stack.webUrl, 'bob');
  });
  afterAll(() => stack?.stop());

  const order = (client: HttpClient, fields: object = {}) =>
    client.post('/api/orders', { kind: 'purchase', assetId, amount: '2', ...fields });
  const signedIn = ({ text }: Answer) => (JSON.parse(text) as { order: string }).order;
  const send = (client: HttpClient, signed: string) =>
    client.post(`/api/orders/${signed}/send`, { step: 'purchase', wasSent: false });

  it.each([
    ['negative', '"-5"'],
    ['zero', '"0"'],
    ['an exponent', '"1e3"'],
    ['a fraction', '"1.5"'],
    ['hexadecimal', '"0x10"'],
    ['whitespace', '" \\t "'],
    ['whitespace inside', '"1 0"'],
    ['separators in wrong places', '"1,0"'],
    ['digits of another script', '"\u0661\u0662"'],
    ['infinite', '"Infinity"'],
    ['missing', 'null'],
    ['a list', '["3"]'],
    ['an object', '{"toString":"3"}'],
    ['a number, which JSON has rounded', '9007199254740993'],
    ['more digits than are read', `"${'9'.repeat(1_001)}"`],
    ['more than is offered', `"${10n ** 24n}"`],
  ])('an order of an amount that is %s is refused at its field', async (_what, amount) => {
    const answer = await alice.post('/api/orders', `{"kind":"purchase","assetId":"${assetId}","amount":${amount}}`);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      400,
      { failure: { code: 'INVALID_INPUT', fields: [{ field: 'amount' }] } },
    ]);
  });

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['fields of the prototype', `{"__proto__":{"kind":"purchase","assetId":"x","amount":"1"}}`],
    ['a kind of the prototype', '{"kind":"constructor","assetId":"x"}'],
    ['an id with half a character', '{"kind":"purchase","amount":"1","assetId":"\\ud800"}'],
    ['an id that leads elsewhere', '{"kind":"purchase","amount":"1","assetId":"../wallets/wallet-bob/balance"}'],
    ['an id that is a list', '{"kind":"purchase","amount":"1","assetId":["a"]}'],
    ['too long', `{"kind":"purchase","amount":"1","assetId":"${'a'.repeat(30_000)}"}`],
  ])('an order that is %s is refused', async (_what, body) => {
    const { status, text } = await alice.post('/api/orders', body);
    expect([400, 403, 404]).toContain(status);
    expect(JSON.parse(text)).toHaveProperty('failure');
  });

  it('the price, the seller and the wallet of an order are those of the site, whatever a form says', async () => {
    const answer = await order(alice, {
      price: '0.01',
      sellerWallet: 'wallet-bob',
      buyerWallet: 'wallet-bob',
      id: 'an-id-of-mine',
      user: 'bob',
      step: 'mint',
    });
    const [text = ''] = signedIn(answer).split('.');
    const made = JSON.parse(Buffer.from(text, 'base64url').toString());
    expect(made).toMatchObject({ user: 'alice', price: '50', sellerWallet: TREASURY, buyerWallet: 'wallet-alice' });
    expect(made.id).not.toBe('an-id-of-mine');
  });

  it('an order that is sent again, at once and later, buys once', async () => {
    const before = await held(stack, 'wallet-alice', assetId);
    const signed = signedIn(await order(alice));
    const answers = await Promise.all([1, 2, 3, 4].map(() => send(alice, signed)));
    const later = await send(alice, signed);
    const results = [...answers, later].map(({ text }) => JSON.parse(text) as { state: string; transactionId: string });
    expect(JSON.parse(later.text)).toMatchObject({ state: 'committed' });
    const committed = results.filter(({ state }) => state === 'committed').map(({ transactionId }) => transactionId);
    expect(new Set(committed).size).toBe(1);
    expect(await held(stack, 'wallet-alice', assetId)).toBe(before + 2n);
  });

  it('two persons who want the last tokens do not get more than there are', async () => {
    const { assetId: rare } = await stack.ledger.assets.create({
      name: 'Rare',
      symbol: 'RARE',
      description: 'Ten tokens.',
      assetType: 'art',
      totalValue: '100',
      totalSupply: 10n,
      creatorWallet: TREASURY,
    });
    await stack.ledger.tokens.mint({ assetId: rare, recipientWallet: TREASURY, amount: 10n });
    await stack.ledger.assets.publish(rare, { publisherWallet: TREASURY });
    const wanted = [alice, bob, alice, bob];
    const orders = await Promise.all(wanted.map((client) => order(client, { assetId: rare, amount: '4' })));
    const answers = await Promise.all(
      orders.map((answer, index) => send(wanted[index] as HttpClient, signedIn(answer))),
    );
    const states = answers.map(({ text }) => (JSON.parse(text) as { state: string }).state);
    expect(states.toSorted()).toEqual(['committed', 'committed', 'refused', 'refused']);
    expect(await held(stack, TREASURY, rare)).toBe(2n);
    expect((await held(stack, 'wallet-alice', rare)) + (await held(stack, 'wallet-bob', rare))).toBe(8n);
  });

  it('an order cannot be read, begun or sent by another person', async () => {
    const signed = signedIn(await order(alice));
    expect((await bob.get(`/orders/${signed}`)).status).toBe(404);
    expect((await bob.get(`/api/orders/${signed}/state?step=purchase`)).status).toBe(404);
    expect((await bob.post(`/api/orders/${signed}/begin`)).status).toBe(404);
    expect((await send(bob, signed)).status).toBe(404);
    expect((await new HttpClient(stack.webUrl).get(`/api/orders/${signed}/state?step=purchase`)).status).toBe(401);
  });

  it('an order has the steps of its kind only', async () => {
    const signed = signedIn(await order(alice));
    for (const step of ['mint', '__proto__', 'constructor', '', null, ['purchase']]) {
      expect((await alice.post(`/api/orders/${signed}/send`, { step })).status).toBe(404);
    }
  });

  it('a role or a wallet that changes ends the session, and an order for the earlier wallet buys nothing', async () => {
    const signed = signedIn(await order(bob));
    const before = await held(stack, 'wallet-bob', assetId);
    const known = await users();
    const change = (fields: object) =>
      stack.saveUsers(known.map((user) => (user.name === 'bob' ? { ...user, ...fields } : user)));
    onTestFinished(() => stack.saveUsers(known));
    change({ role: 'user' });
    expect((await send(bob, signed)).status).toBe(401);
    change({ wallet: 'wallet-of-bob' });
    expect((await send(bob, signed)).status).toBe(401);
    const again = await HttpClient.loggedIn(stack.webUrl, 'bob');
    expect(JSON.parse((await send(again, signed)).text)).toMatchObject({ state: 'refused', failure: { status: 403 } });
    expect(await held(stack, 'wallet-bob', assetId)).toBe(before);
    expect(await held(stack, 'wallet-of-bob', assetId)).toBe(0n);
  });

  it('a login replaces the session that the browser had', async () => {
    const client = await HttpClient.loggedIn(stack.webUrl, 'alice');
    const planted = client.cookies.get('__Host-session');
    await client.logIn('bob');
    expect(client.cookies.get('__Host-session')).not.toBe(planted);
    expect((await client.get('/portfolio')).text).toContain('wallet-bob');
    await client.post('/api/logout');
    expect((await client.get('/portfolio')).status).toBe(303);
  });

  it('events of the ledger are only those that a person may see', async () => {
    const seen = await eventsDuring(bob, async () => {
      await send(alice, signedIn(await order(alice, { amount: '17' })));
      await send(bob, signedIn(await order(bob, { amount: '19' })));
    });
    expect(seen).toContain('wallet-bob');
    expect(seen).not.toContain('wallet-alice');
  });

  /** The events that a person gets, until the own purchase of 19 tokens is among them. */
  async function eventsDuring({ cookies }: HttpClient, work: () => Promise<unknown>): Promise<string> {
    const Cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const ended = new AbortController();
    const url = `http://127.0.0.1:${stack.web.ports[0]}/api/events`;
    const response = await fetch(url, { headers: { Cookie }, signal: ended.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const working = work();
    let seen = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      seen += chunk;
      if (/"amount":"?19\b/.test(seen)) break;
    }
    ended.abort();
    await working;
    return seen;
  }

  it.each([
    ['half a character', '/assets/%E0%A4%A'],
    ['a path out of the routes', '/assets/..%2f..%2fwallets%2fwallet-bob%2fbalance'],
    ['a text that is no order', '/orders/constructor'],
    ['an order without a signature', '/orders/e30.'],
    ['an id that no asset has', '/assets/__proto__'],
  ])('a page at %s is no failure of the server', async (_what, path) => {
    expect((await alice.get(path)).status).toBeLessThan(500);
  });

  it.each([
    ['the path of a file', '/_next/static/../../portfolio'],
    ['the path of a file, encoded', '/_next/static/..%2f..%2fportfolio'],
    ['two slashes', '//portfolio'],
    ['another case', '/Portfolio'],
    ['the icon', '/icon.svg/../portfolio'],
    ['an image', '/_next/image?url=%2Fportfolio&w=64&q=75'],
    ['data', '/_next/data/x/portfolio.json'],
  ])('nothing is shown without a login by %s', async (_what, path) => {
    const stranger = new HttpClient(stack.webUrl);
    for (const headers of [{}, { RSC: '1' }, { 'x-middleware-subrequest': 'middleware:middleware:proxy:src/proxy' }]) {
      const { status, text } = await stranger.get(path, headers as Record<string, string>);
      expect(status).not.toBe(200);
      expect(text).not.toContain('wallet-');
    }
  });

  it('nothing about a person is kept by a cache', async () => {
    const signed = signedIn(await order(alice));
    const paths = ['/assets', `/assets/${assetId}`, '/portfolio', `/orders/${signed}`, '/forbidden', '/nothing'];
    const answers = await Promise.all([
      ...paths.flatMap((path) => [alice.get(path), alice.get(`${path}?_rsc`, { RSC: '1' })]),
      alice.get(`/api/orders/${signed}/state?step=purchase`),
      alice.post(`/api/orders/${signed}/begin`),
      alice.post('/api/orders', {}),
      new HttpClient(stack.webUrl).get('/portfolio'),
      new HttpClient(stack.webUrl).logIn('alice', '/portfolio'),
    ]);
    const kept = answers.filter(({ headers }) => !String(headers['cache-control']).includes('no-store'));
    expect(kept.map(({ status, headers, text }) => ({ status, headers, text: text.slice(0, 200) }))).toEqual([]);
  });

  it('orders of several persons in one browser do not make its requests too long', async () => {
    const browser = await HttpClient.loggedIn(stack.webUrl, 'alice');
    const begun: Answer[] = [];
    for (const name of ['alice', 'bob']) {
      await browser.logIn(name);
      for (let count = 0; count < 12; count++) {
        begun.push(await browser.post(`/api/orders/${signedIn(await order(browser))}/begin`));
      }
    }
    expect(begun.at(0)?.status).toBe(200);
    expect(JSON.parse(begun.at(-1)?.text ?? '')).toMatchObject({ failure: { status: 409, code: 'TOO_MANY_OPEN' } });
    expect((await browser.get('/assets')).status).toBe(200);
  });
});
