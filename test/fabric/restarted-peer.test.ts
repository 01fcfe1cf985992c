import { connect, createServer, type Server, type Socket } from 'node:net';
import { SpydraClient } from 'spydra-sdk';
import { expect, it, onTestFinished } from 'vitest';
import { contractLedger } from '../../src/chain/contract-ledger.js';
import { Connection } from '../../src/fabric/connection.js';
import { GatewayChain } from '../../src/fabric/gateway-chain.js';
import { isMissing } from '../helpers/programs.js';
import { Stage } from './cases/stage.js';
import { startStandIn } from './peer/network.js';

/** Passes connections on to a peer, but the first one: that gets no answer, as while the peer dies. */
async function startSilentFirst(address: string): Promise<{ readonly port: number; readonly taken: Socket[] }> {
  const [host, port] = address.split(':');
  const taken: Socket[] = [];
  const server: Server = createServer((socket) => {
    taken.push(socket);
    socket.on('error', () => {});
    if (taken.length === 1) return;
    const to = connect(Number(port), host);
    to.on('error', () => {});
    socket.pipe(to).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of taken) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, taken };
}

it.skipIf(isMissing('openssl'))(
  'a channel to a peer that does not respond any more is replaced, and a write that waits for it is applied once',
  async () => {
    const network = await startStandIn();
    const stage = new Stage(network);
    onTestFinished(() => stage.close());
    await stage.configure();
    const { port, taken } = await startSilentFirst(network.address);
    const { cert: certificate, key: privateKey } = network.members.client;
    const connection = new Connection(
      {
        endpoint: `127.0.0.1:${port}`,
        tlsCertificate: network.tlsCa,
        tlsHostName: 'localhost',
        identity: { mspId: 'Org1MSP', certificate, privateKey },
      },
      300,
    );
    const chain = new GatewayChain(connection, { channel: network.channel, chaincode: network.chaincode });
    await using spydra = new SpydraClient({
      ledger: contractLedger(chain),
      // The request that gets no response.
      timeout: 1_000,
      retries: { limit: 100 },
      deadline: Number.POSITIVE_INFINITY,
    });
    const assetId = await stage.asset();
    const minted = await spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n });
    expect(minted).toMatchObject({ status: 'committed', newBalance: 7n });
    expect(taken.length).toBeGreaterThan(1);
    expect(await stage.client.balance('alice', assetId)).toBe('7');
  },
);
