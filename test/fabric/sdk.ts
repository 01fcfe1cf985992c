import { SpydraClient } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import type { Clients } from './interleavings.js';
import type { Member, Place, TestNetwork } from './test-network.js';

/** A client of the SDK on a network. */
export function clientOf({ address, channel, chaincode, members, tlsCa }: Place, member: Member): SpydraClient {
  const { cert: certificate, key: privateKey } = members[member];
  const ledger = fabricLedger({
    connection: {
      endpoint: address,
      tlsCertificate: tlsCa,
      tlsHostName: 'localhost',
      identity: { mspId: 'Org1MSP', certificate, privateKey },
    },
    channel,
    chaincode,
  });
  return new SpydraClient({ ledger, retries: { delay: () => 20 } });
}

/** Clients of the SDK on a network, until `close()`. */
export function sdkOn(network: TestNetwork): Clients & { close(): Promise<void> } {
  const clients = { one: clientOf(network, 'client'), other: clientOf(network, 'otherClient') };
  return {
    ...clients,
    close: async () => {
      await Promise.all(Object.values(clients).map((client) => client.close()));
    },
  };
}
