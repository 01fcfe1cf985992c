import { connect, createServer, type Server, type Socket } from 'node:net';
import { SpydraClient } from 'spydra-sdk';
import { expect, it, onTestFinished } from 'vitest';
import { contractLedger } from '../../src/chain/contract-ledger.js';
import { Connection } from '../../src/fabric/connection.js';
import { GatewayChain } from '../../src/fabric/gateway-chain.js';
import { isMissing } from '../helpers/programs.js';
import { Stage } from './cases/stage.js';
import { startStandIn } from './peer/network.js';

interface Link {
  readonly port: number;
  readonly taken: Socket[];
  /** From now on the first connection passes nothing on, and stays open. */
  silence(): void;
}

/** Passes connections on to a peer. */
async function startLink(address: string): Promise<Link> {
  const [host, port] = address.split(':');
  const taken: Socket[] = [];
  let isSilent = false;
  const server: Server = createServer((socket) => {
    taken.push(socket);
    socket.on('error', () => {});
    const to = connect(Number(port), host);
    to.on('error', () => {});
    const passes = () => socket !== taken[0] || !isSilent;
    socket.on('data', (bytes) => passes() && to.write(bytes));
    to.on('data', (bytes) => passes() && socket.write(bytes));
    socket.on('close', () => to.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of taken) socket.destroy();
    server.close();
  });
  const silence = () => {
    isSilent = true;
  };
  return { port: (server.address() as { port: number }).port, taken, silence };
}

it.skipIf(isMissing('openssl')).each([
  ['in the TLS handshake', false],
  ['once it was connected', true],
])(
  'a channel to a peer that does not respond %s is replaced, and a write that waits for it is applied once',
  async (_, isConnected) => {
    const network = await startStandIn();
    const stage = new Stage(network);
    onTestFinished(() => stage.close());
    await stage.configure();
    const { port, taken, silence } = await startLink(network.address);
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
    if (isConnected) expect(await spydra.assets.get(assetId)).toMatchObject({ assetId });
    silence();
    const minted = await spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n });
    expect(minted).toMatchObject({ status: 'committed', newBalance: 7n });
    expect(taken.length).toBeGreaterThan(1);
    expect(await stage.client.balance('alice', assetId)).toBe('7');
  },
);
