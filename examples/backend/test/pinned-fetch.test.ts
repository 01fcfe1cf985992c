import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionError } from 'spydra-sdk';
import { expect, it as itAlways, onTestFinished } from 'vitest';
import { rejection, testClient } from '../../../test/helpers/client.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { pinnedFetch, pinOf } from '../pinned-fetch.js';

const it = itAlways.skipIf(isMissing('openssl'));

/** A certificate for localhost that it signed itself. */
function certificate(name = 'localhost') {
  const directory = mkdtempSync(join(tmpdir(), 'spydra-tls-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [key, cert] = [join(directory, 'tls.key'), join(directory, 'tls.crt')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', key];
  const names = ['-out', cert, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  execFileSync('openssl', ['req', ...kind, ...names], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

const ASSET = { assetId: 'a', name: 'Flat', totalValue: 1, totalSupply: 1, pricePerToken: 1, status: 'published' };

/** A server that counts what it is asked, over TLS. */
async function tlsServer(identity: ReturnType<typeof certificate>) {
  const asked: string[] = [];
  const server = createServer(identity, (request, response) => {
    asked.push(`${request.method} ${request.headers['x-api-key']}`);
    response.end(JSON.stringify({ asset: ASSET }));
  });
  await once(server.listen(0), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `https://localhost:${(server.address() as AddressInfo).port}`, asked };
}

it('pinnedFetch connects to a server whose current or next key is pinned', async () => {
  const identity = certificate();
  const { baseUrl, asked } = await tlsServer(identity);
  const pins = [pinOf(certificate().cert), pinOf(identity.cert)];
  const spydra = testClient({ baseUrl, fetch: pinnedFetch({ pins, ca: identity.cert }) });
  expect(await spydra.assets.get('a')).toMatchObject({ name: 'Flat' });
  expect(await spydra.assets.get('a')).toMatchObject({ name: 'Flat' });
  expect(asked).toHaveLength(2);
});

it.each([
  ['another key', 'localhost', /is not pinned/],
  ['the pinned key under another name', 'elsewhere.example', /does not match certificate's altnames/],
])('pinnedFetch sends nothing to a server with %s', async (_, name, reason) => {
  const identity = certificate(name);
  const { baseUrl, asked } = await tlsServer(identity);
  const pins = name === 'localhost' ? [pinOf(certificate().cert)] : [pinOf(identity.cert)];
  const spydra = testClient({ baseUrl, retries: 1, fetch: pinnedFetch({ pins, ca: identity.cert }) });

  const error = await rejection(spydra.tokens.mint({ assetId: 'a', recipientWallet: 'treasury', amount: 1 }));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ outcome: 'not-applied', message: expect.stringMatching(reason) });
  expect(asked).toEqual([]);
});

it('pinOf returns the same pin as openssl', () => {
  const { cert } = certificate();
  const command = 'openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary';
  const pin = execFileSync('sh', ['-c', `${command} | openssl base64`], { input: cert, encoding: 'utf8' });
  expect(pinOf(cert)).toBe(pin.trim());
});
