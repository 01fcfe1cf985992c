import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

export const HOST = '127.0.0.1';

/** Returns `count` free ports of this machine, the preferred ones first if they are free. */
export async function freePorts(count: number, preferred: readonly number[] = []): Promise<number[]> {
  const ports: number[] = [];
  // Kept open until all are chosen, so that none is chosen twice.
  const held = [];
  for (let index = 0; index < count; index++) {
    const server = (await open(preferred[index] ?? anyPort())) ?? (await open(anyPort())) ?? (await open(0));
    if (!server) throw new Error('This machine has no free port.');
    held.push(server);
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of held) await once(server.close(), 'close');
  return ports;
}

/** Below those for outgoing connections: one could take the port before its server listens. */
function anyPort(): number {
  return randomInt(10_000, 32_000);
}

async function open(port: number) {
  const server = createServer().listen(port, HOST);
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  );
}

/** Whether a server listens on the port. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  return once(socket, 'connect').then(
    () => Boolean(socket.destroy()),
    () => false,
  );
}
