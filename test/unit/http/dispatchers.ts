import { once } from 'node:events';
import { type AddressInfo, connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import { Agent, type Dispatcher, fetch as undiciFetch } from 'undici';
import { onTestFinished } from 'vitest';
import { json, scriptedServer } from '../../helpers/scripted-server.js';

export const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };

const RECORD = {
  transactionId: 't1',
  type: 'mint',
  status: 'COMMITTED',
  assetId: 'a1',
  timestamp: '',
  amount: 5,
};

/** A server of raw sockets; returns its port. */
export async function socketServer(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** undici's own fetch over a dispatcher, as a user passes it. */
export function over(dispatcher: Dispatcher): typeof globalThis.fetch {
  onTestFinished(() => dispatcher.destroy());
  return ((url: string, init: RequestInit) =>
    undiciFetch(url, { ...init, headers: [...new Headers(init.headers)], dispatcher } as never)) as never;
}

/** An agent whose connections are made by the test. */
export function agentOf(onConnect: (connected: (url: string) => void) => void): Agent {
  const connect = (_options: unknown, done: (error: null, socket: Socket) => void) =>
    onConnect((url) => {
      const socket = connectTo(Number(new URL(url).port), '127.0.0.1', () => done(null, socket));
    });
  return new Agent({ connect: connect as never });
}

/** A server that accepts a mint and lists it. */
export const spydra = () => {
  let metadata: unknown;
  return scriptedServer((request, response) => {
    if (request.method === 'GET') return json(response, 200, { ...RECORD, metadata });
    metadata = JSON.parse(request.body).metadata;
    json(response, 200, { transactionId: 't1', newBalance: 5 });
  });
};
