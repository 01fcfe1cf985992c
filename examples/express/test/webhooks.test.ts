import { once } from 'node:events';
import { connect } from 'node:net';
import express from 'express';
import { type WebhookEvent, WebhookReceiver } from 'spydra-sdk/webhooks';
import { expect, it, onTestFinished } from 'vitest';
import { minted, sandboxed } from '../../../test/helpers/sandbox.js';
import { basicHeader, payload, SECRET } from '../../../test/helpers/webhooks.js';
import { webhookRoute } from '../index.js';

/** The recipe on a real port, the events that it kept, and a transaction of its ledger. */
async function serving() {
  const { spydra } = sandboxed();
  const assetId = await minted(spydra, 10n);
  const [mint] = (await spydra.transactions.list({ assetId, type: 'mint' })).items;
  const events: WebhookEvent[] = [];
  const receiver = new WebhookReceiver({
    client: spydra,
    authentication: { username: 'spydra', password: SECRET },
    store: new Map(),
    onEvent: (event) => void events.push(event),
    maxBody: 100_000,
  });
  const app = express();
  app.all('/hooks/spydra', webhookRoute(receiver));
  app.use(express.json());
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { readonly port: number };
  const url = `http://127.0.0.1:${port}/hooks/spydra`;
  const post = async (body: string | Uint8Array, headers = { Authorization: basicHeader() }) =>
    fetch(url, { method: 'POST', headers, body: body as string });
  return { events, receiver, port, url, post, id: mint?.transactionId ?? '' };
}

it('deliveries over HTTP reach the handler as records of the ledger, once', async () => {
  const { post, events, id } = await serving();
  for (let n = 0; n < 3; n++) expect((await post(JSON.stringify(payload(id)))).status).toBe(204);
  expect(events).toMatchObject([{ record: { transactionId: id, type: 'mint', amount: 10n } }]);
});

it('refuses wrong credentials, large bodies, other encodings and other methods', async () => {
  const { post, url, events, id } = await serving();
  const text = JSON.stringify(payload(id));
  const refused = await post(text, { Authorization: `${basicHeader()}x` });
  expect([refused.status, refused.headers.get('WWW-Authenticate')]).toEqual([401, 'Basic']);
  expect(await refused.json()).toEqual({ message: expect.stringContaining('credentials') });
  expect((await post(`${text}${' '.repeat(100_000)}`)).status).toBe(413);
  expect((await post(Buffer.from(text, 'utf16le'))).status).toBe(400);
  expect((await fetch(url, { headers: { Authorization: basicHeader() } })).status).toBe(405);
  expect(events).toEqual([]);
});

it('lets no delivery in that is cut off, and serves the next one', async () => {
  const { post, port, receiver, events, id } = await serving();
  const text = JSON.stringify(payload(id));
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = `POST /hooks/spydra HTTP/1.1\r\nHost: x\r\nAuthorization: ${basicHeader()}\r\nContent-Length: ${text.length + 9}`;
  socket.write(`${head}\r\n\r\n${text}`, () => socket.destroy());
  await expect.poll(() => receiver.counts.malformed).toBe(1);
  expect(events).toEqual([]);
  expect((await post(text)).status).toBe(204);
  expect(events).toHaveLength(1);
});
