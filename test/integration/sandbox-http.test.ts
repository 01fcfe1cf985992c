import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSandbox, type ListenOptions, type SandboxOptions } from '../../src/sandbox/index.js';
import { APP, apiOf, balance, createAsset, mint } from '../unit/sandbox/harness.js';

async function serve(options: SandboxOptions = {}, where: ListenOptions = {}) {
  const sandbox = createSandbox(options);
  onTestFinished(() => sandbox.close());
  const server = await sandbox.listen(where);
  return { sandbox, server, api: apiOf(globalThis.fetch, `${server.url}/v2`) };
}

/** Sends bytes as they are, and returns what comes back until the server ends the connection. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

describe('a listening sandbox', () => {
  test('responds over HTTP as in the process', async () => {
    const { sandbox, server, api } = await serve();
    const inside = apiOf(sandbox.fetch, `${server.url}/v2`);
    const assetId = await createAsset(api, { totalSupply: 10n ** 30n });
    await mint(api, assetId, 'älice 1', 10n ** 30n);
    expect(await balance(api, assetId, 'älice 1')).toBe(10n ** 30n);
    for (const path of [`${APP}/assets`, `${APP}/assets/unknown`, '/nowhere']) {
      const headers = { 'X-Request-Id': 'one' };
      const [outer, inner] = [await api.get(path, headers), await inside.get(path, headers)];
      expect([outer.status, outer.text]).toEqual([inner.status, inner.text]);
      expect(outer.headers.get('content-type')).toBe(inner.headers.get('content-type'));
      expect(outer.headers.get('x-request-id')).toBe('one');
    }
  });

  test('responds 404 to unknown methods and targets', async () => {
    const { server } = await serve();
    const head = await fetch(`${server.url}/v2${APP}/assets`, {
      method: 'HEAD',
      headers: { 'X-API-Key': 'sandbox-key' },
    });
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const line of ['TRACE /', 'GET //', 'OPTIONS *', 'PROPFIND /projects']) {
      const answer = await exchange(
        server.port,
        `${line} HTTP/1.1\r\nHost: x\r\nX-API-Key: sandbox-key\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 404 .*"code":"NOT_FOUND"/s);
    }
  });

  test('keeps connections alive', async () => {
    const { server } = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const ports: (number | undefined)[] = [];
    for (const body of ['{}', 'x'.repeat(2 ** 20 + 1), '{}']) {
      const request = httpRequest(`${server.url}/v2${APP}/assets`, {
        agent,
        method: 'POST',
        headers: { 'X-API-Key': 'sandbox-key' },
      });
      request.end(body);
      const [response] = await once(request, 'response');
      ports.push(request.socket?.localPort);
      await text(response);
    }
    expect(new Set(ports).size).toBe(1);
  });

  test.each([1, 5, 40])('responds 413 to a body of %i MiB and one byte', async (mebibytes) => {
    const { api, server } = await serve();
    const body = 'x'.repeat(mebibytes * 2 ** 20 + 1);
    const answer = await api.send(`${APP}/assets`, { method: 'POST', body });
    expect([answer.status, answer.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect((await fetch(`${server.url}/`)).status).toBe(404);
  });

  test('accepts a body of 1 MiB', async () => {
    const { api } = await serve();
    const answer = await api.send(`${APP}/assets`, { method: 'POST', body: `"${'x'.repeat(2 ** 20 - 2)}"` });
    expect(answer.status).toBe(400);
  });

  test('disconnects a client that never stops sending', async () => {
    const { api, server } = await serve();
    const socket = connect(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve).on('error', () => {}));
    socket.write(`POST /v2${APP}/assets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = `100000\r\n${'x'.repeat(2 ** 20)}\r\n`;
    const send = (): void => void (socket.writable && socket.write(chunk, send));
    send();
    await closed;
    expect((await api.get(`${APP}/assets`)).status).toBe(200);
  });

  test('changes nothing for a client that disconnects in the middle of its body', async () => {
    const { sandbox, api, server } = await serve();
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`POST /v2${APP}/assets HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"schemaId":`);
    await once(socket, 'ready');
    socket.destroy();
    expect((await api.get(`${APP}/assets`)).body.total).toBe(0);
    expect(sandbox.blocks).toEqual([]);
  });
});

describe('close()', () => {
  test('ends idle and active connections, and may be called again', async () => {
    const { sandbox, server, api } = await serve();
    await api.get(`${APP}/assets`);
    const stalled = connect(server.port, '127.0.0.1');
    const ended = new Promise((resolve) => stalled.once('close', resolve).on('error', () => {}));
    stalled.write(`POST /v2${APP}/assets HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n`);
    await once(stalled, 'ready');
    await Promise.all([server.close(), server.close()]);
    await ended;
    await expect(fetch(server.url)).rejects.toThrow();
    await sandbox.close();
    await server.close();
  });

  test('of the sandbox closes all its servers', async () => {
    const { sandbox, server } = await serve();
    const other = await sandbox.listen();
    await sandbox.close();
    await expect(fetch(server.url)).rejects.toThrow();
    await expect(fetch(other.url)).rejects.toThrow();
  });
});

test('listen() on a port in use rejects with its code', async () => {
  const { sandbox, server } = await serve();
  await expect(sandbox.listen({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('the URL of an IPv6 host has brackets', async () => {
  const { server } = await serve({}, { host: '::1' });
  expect(server.url).toBe(`http://[::1]:${server.port}`);
  expect((await fetch(`${server.url}/v2${APP}/assets`)).status).toBe(401);
});
