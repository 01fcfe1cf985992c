import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import {
  ApiError,
  ConnectionError,
  InvalidResponseError,
  NotFoundError,
  type SpydraClientOptions,
  type SpydraError,
  TimeoutError,
} from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { API_KEY, rejection, testClient } from '../../helpers/client.js';
import { closedUrl, json, type Script, scriptedServer } from '../../helpers/scripted-server.js';

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

const PATH = '/projects/p/networks/n/apps/a/assets/a1';

async function failure(options: SpydraClientOptions): Promise<SpydraError> {
  return (await rejection(testClient({ retries: 0, ...options }).assets.get('a1'))) as SpydraError;
}

/** The error of a read of a server with this response, and the server's URL. */
async function answered(script: Script, options: SpydraClientOptions = {}, base = '/v2') {
  const { url } = await scriptedServer(script);
  return { url, error: await failure({ baseUrl: url + base, ...options }) };
}

/** The error of a read whose fetch fails like Node's. */
function failing(code: string, message = 'because of the network', baseUrl = 'https://spydra.example/v2') {
  const cause = Object.assign(new Error(message), { code });
  return failure({ baseUrl, fetch: async () => Promise.reject(new TypeError('fetch failed', { cause })) });
}

/** The port of a server, closed when the test is over. */
async function portOf(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

describe('the message of a request without a response', () => {
  it('states that nothing listens at the port', async () => {
    const url = await closedUrl();
    const { message } = await failure({ baseUrl: `${url}/v2` });
    expect(message).toMatch(`GET ${url}/v2${PATH} was not sent (`);
    expect(message).toContain(`Nothing listens at ${new URL(url).host}: start the server`);
  });

  it.each([
    ['ENOTFOUND', 'There is no host spydra.example: correct the base URL (SPYDRA_BASE_URL)'],
    ['EAI_AGAIN', 'DNS did not say where spydra.example is'],
    ['ETIMEDOUT', 'spydra.example cannot be reached'],
    ['UND_ERR_CONNECT_TIMEOUT', 'spydra.example cannot be reached'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'one for another host than spydra.example'],
    ['CERT_HAS_EXPIRED', 'is not valid now'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'begin the base URL with http://'],
    ['ECONNRESET', 'spydra.example ended the connection'],
    ['SOMETHING_ELSE', 'Check the base URL (SPYDRA_BASE_URL) and the network'],
  ])('states what to do about %s', async (code, advice) => {
    const error = await failing(code);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain(`GET https://spydra.example/v2${PATH} `);
    expect(error.message).toContain('(because of the network)');
    expect(error.message).toContain(advice);
  });

  it('states the reason if the error has no message', async () => {
    const errors = ['::1', '127.0.0.1'].map((address) =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}:4010`), { code: 'ECONNREFUSED', syscall: 'connect' }),
    );
    const cause = Object.assign(new AggregateError(errors, ''), { code: 'ECONNREFUSED' });
    const fetch = async () => Promise.reject(new TypeError('fetch failed', { cause }));
    expect((await failure({ fetch })).message).toContain(
      '(connect ECONNREFUSED ::1:4010; connect ECONNREFUSED 127.0.0.1:4010)',
    );
  });

  it('suggests https:// if plain HTTP was sent to a TLS server', async () => {
    const alert = Buffer.from([0x15, 0x03, 0x01, 0, 2, 2, 0x16]);
    const port = await portOf(createServer((socket) => void socket.on('error', () => {}).end(alert)));
    const { message } = await failure({ baseUrl: `http://127.0.0.1:${port}/v2` });
    expect(message).toMatch(/127\.0\.0\.1:\d+ does not answer as HTTP: .* begin the base URL with https:\/\//);
  });

  it('suggests https:// if a TLS server only closes the connection, as Node does', async () => {
    const port = await portOf(createTlsServer({}));
    const { message } = await failure({ baseUrl: `http://127.0.0.1:${port}/v2` });
    expect(message).toContain('begin the base URL with https://');
  });

  it('suggests http:// if TLS was sent to a server of plain HTTP', async () => {
    const { url } = await scriptedServer((_request, response) => json(response, 200, {}));
    const { message } = await failure({ baseUrl: `${url.replace('http:', 'https:')}/v2` });
    expect(message).toContain('begin the base URL with http://');
    expect(message).toContain('(TLS: wrong version number)');
  });

  it('states what timed out', async () => {
    const { url, error } = await answered(() => {}, { timeout: 50 });
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toMatch(`GET ${url}/v2${PATH} took longer than the timeout of 50 ms. Raise`);
  });
});

describe('the message for a response that is not from Spydra', () => {
  const page: Script = (_request, response) => {
    response.writeHead(response.req.url?.startsWith('/found') ? 200 : 404, { 'Content-Type': 'text/html' });
    response.end('<html>Welcome</html>');
  };

  it('suggests the base URL for a 404 with a page', async () => {
    const { url, error } = await answered(page);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toBe(
      `GET ${url}/v2${PATH} was answered 404 with an HTML page. Check the base URL (SPYDRA_BASE_URL): is Spydra there?`,
    );
  });

  it.each([
    ['nginx', 'text/html', '<html>The plain HTTP request was sent to HTTPS port</html>'],
    ['Go', 'text/plain', 'Client sent an HTTP request to an HTTPS server.'],
  ])('400 of %s to plain HTTP: https://', async (_name, type, body) => {
    const { error } = await answered((_request, response) => {
      response.writeHead(400, { 'Content-Type': type }).end(body);
    });
    expect(error.message).toContain('Check the base URL (SPYDRA_BASE_URL)');
    expect(error.message).toContain('If it speaks TLS, begin the base URL with https://.');
  });

  it('suggests the base URL for a 200 with a page', async () => {
    const { url, error } = await answered(page, {}, '/found/v2');
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error.message).toBe(
      `GET ${url}/found/v2${PATH} was answered 200 with an HTML page instead of JSON. Check the base URL (SPYDRA_BASE_URL): is Spydra there?`,
    );
  });

  it.each([
    ['404, without /v2', 404, { message: 'Not Found' }, 'Check the id, and the base URL: '],
    ['200 of another shape, without /v2', 200, { status: 'ok' }, 'Check the base URL (SPYDRA_BASE_URL): '],
  ])('suggests the base URL: %s', async (_name, status, body, advice) => {
    const { error } = await answered((_request, response) => json(response, status, body), {}, '');
    expect(error.message).toContain(`${advice}Spydra's ends in /v2, and this one does not.`);
  });

  it('suggests the id for a 404 of Spydra', async () => {
    const { error } = await answered((_request, response) => json(response, 404, { message: 'no asset a1' }));
    expect(error.message).toContain('no asset a1. Check the id, and the project, network, app and asset schema');
  });

  it.each([
    ['that moves the API', 'https://api.example/v2', 'Set the base URL (SPYDRA_BASE_URL) to https://api.example/v2.'],
    ['to elsewhere', undefined, 'Set the base URL (SPYDRA_BASE_URL) to where the API is.'],
  ])('a redirect %s', async (_name, moved, advice) => {
    const location = moved ? `https://user:pass@api.example/v2${PATH}?token=secret#part` : '/login?token=secret';
    const { url, error } = await answered((_request, response) => {
      response.writeHead(308, { Location: location }).end();
    });
    expect(error).toBeInstanceOf(ApiError);
    expect(error.message).toContain(`It points to ${moved ? `${moved}${PATH}` : `${url}/login`}. ${advice}`);
    expect(error.message).not.toMatch(/secret|user|pass/);
  });

  it('names a redirect that a browser hides', async () => {
    const hidden = { ok: false, status: 0, type: 'opaqueredirect', headers: new Headers(), text: async () => '' };
    const { message } = await failure({ fetch: async () => hidden as Response });
    expect(message).toContain('was answered with a redirect');
    expect(message).toContain('Redirects are not followed');
  });
});

it('no sentence holds the key, wherever a URL has it, nor a query', async () => {
  const { url } = await scriptedServer((request, response) => {
    if (request.path.startsWith('/302')) return void response.writeHead(302, { Location: `/${API_KEY}/x` }).end();
    json(response, Number(request.path.slice(1, 4)), {});
  });
  const bases = ['200', '302', '400', '404', '500'].map((status) => `${url}/${status}/${API_KEY}/v2`);
  for (const baseUrl of [...bases, `${await closedUrl()}/${API_KEY}`, `http://${API_KEY}.localhost:2/v2`]) {
    const client = testClient({ retries: 0, baseUrl });
    for (const call of [client.assets.get('a1'), client.assets.list({ assetType: 'hidden-query' })]) {
      const { message } = (await rejection(call)) as Error;
      expect(message).not.toContain(API_KEY);
      expect(message).not.toContain('hidden-query');
    }
  }
});
