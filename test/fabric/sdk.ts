import { SpydraClient } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import type { Clients } from './interleavings.js';
import type { TestNetwork } from './test-network.js';

/** Clients of the SDK on a network, until `close()`. */
export function sdkOn(network: TestNetwork): Clients & { close(): Promise<void> } {
  const of = (member: 'client' | 'otherClient') => {
    const { cert: certificate, key: privateKey } = network.members[member];
    const ledger = fabricLedger({
      connection: {
        endpoint: network.address,
        tlsCertificate: network.tlsCa,
        tlsHostName: 'localhost',
        identity: { mspId: 'Org1MSP', certificate, privateKey },
      },
      channel: network.channel,
      chaincode: network.chaincode,
    });
    return new SpydraClient({ ledger, retries: { delay: () => 20 } });
  };
  const clients = { one: of('client'), other: of('otherClient') };
  return {
    ...clients,
    close: async () => {
      await Promise.all(Object.values(clients).map((client) => client.close()));
    },
  };
}
