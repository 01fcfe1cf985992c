import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rejection } from '../../helpers/client.js';

const file = (name: string) => fileURLToPath(new URL(`identity/${name}`, import.meta.url));
const identity = { mspId: 'Org1MSP', certificate: file('certificate.pem'), privateKey: file('key.pem') };

function clientOf(endpoint: string, options: SpydraClientOptions = {}): SpydraClient {
  const ledger = fabricLedger({ connection: { endpoint, identity }, channel: 'ch', chaincode: 'spydra' });
  return new SpydraClient({ ledger, ...options });
}

/** A server that takes connections and never says anything. */
async function silentServer(): Promise<string> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe('a connection over gRPC', () => {
  it('to a peer that is not there fails with what to check', async () => {
    await using spydra = clientOf('127.0.0.1:1', { retries: 0 });
    const error = await rejection(spydra.assets.get('a1'));
    expect(error).toMatchObject({ code: 'CONNECTION', retryable: true });
    expect((error as Error).message).toContain('Check the endpoint');
    const message = 'The ledger does not respond (ConnectionError): the error of a read says why.';
    expect(await spydra.health()).toEqual({ healthy: false, message });
  });

  it('is ended by the signal of a call, while gRPC waits', async () => {
    await using spydra = clientOf(await silentServer());
    const controller = new AbortController();
    const call = rejection(spydra.assets.get('a1', { signal: controller.signal }));
    controller.abort();
    expect(await call).toMatchObject({ code: 'ABORTED' });
  });

  it('is closed with the last client of the ledger, and opened again by another one', async () => {
    const first = clientOf(await silentServer(), { deadline: 20, retries: 0 });
    const second = first.withOptions({ deadline: 30 });
    expect(await rejection(first.assets.get('a1'))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await first.close();
    expect(await rejection(second.assets.get('a1'))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await second.close();
    await using third = second.withOptions({});
    expect(await rejection(third.assets.get('a1'))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});
