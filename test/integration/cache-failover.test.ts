import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type CacheStore, lru, tiered } from 'spydra-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testClient } from '../helpers/client.js';
import { isRedisHere, redisServer } from '../helpers/redis.js';
import { openStore } from '../helpers/redis-stores.js';
import { minted, sandboxed } from '../helpers/sandbox.js';

/** One address for the current primary: open connections stay on their server. */
async function endpoint(port: number) {
  const sockets = new Set<Socket>();
  const own = (socket: Socket) => {
    sockets.add(socket);
    return socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const target = { port };
  const server = createServer((client) => {
    const upstream = own(connect(target.port, '127.0.0.1'));
    own(client).pipe(upstream).pipe(client);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { target, port: (server.address() as AddressInfo).port };
}

describe.skipIf(!isRedisHere())('after a failover of Redis behind one address', () => {
  it.each(['ioredis', 'node-redis'] as const)(
    'a client on %s leaves the demoted server, and others see its writes again',
    async (kind) => {
      const [first, second] = [await redisServer(), await redisServer()];
      await second.ask('REPLICAOF', '127.0.0.1', String(first.port));
      await expect.poll(() => second.ask('INFO', 'replication')).toContain('master_link_status:up');
      const { target, port } = await endpoint(first.port);

      const { sandbox, spydra } = sandboxed({ blockTime: 0 });
      const assetId = await minted(spydra, 1_000n);
      /** A client with two tiers, connected to the current target of the address. */
      const open = async () => {
        const opened = await openStore(kind, [port]);
        onTestFinished(() => opened.close());
        const store: CacheStore = tiered(lru(), opened.store, { channel: opened.channel, bound: 500 });
        return testClient({ ...sandbox.connection(), cache: { store, ttl: { balances: 600_000 } } });
      };
      const writer = await open();
      const balanceSeenBy = async (client: typeof writer) =>
        (await client.wallets.balance('alice', { assetId })).balances[0]?.balance ?? 0n;
      const pay = () => writer.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n });
      await pay();
      expect(await balanceSeenBy(writer)).toBe(1n);

      await second.ask('REPLICAOF', 'NO', 'ONE');
      await first.ask('REPLICAOF', '127.0.0.1', String(second.port));
      target.port = second.port;
      const reader = await open();
      expect(await balanceSeenBy(reader)).toBe(1n);

      // The demoted server refuses this write's invalidation.
      await pay();
      await expect.poll(() => balanceSeenBy(reader), { interval: 50 }).toBe(2n);
      for (let balance = 3n; balance < 6n; balance++) {
        await pay();
        await expect.poll(() => balanceSeenBy(reader), { interval: 50 }).toBe(balance);
      }
    },
  );
});
