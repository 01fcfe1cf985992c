import { SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
import { type FabricConnection, type FabricGateway, fabricLedger } from 'spydra-sdk/fabric';
import type { Envelope } from '../../src/fabric/gateway.js';
import type { Clients } from './interleavings.js';
import { connectAs, type Member, type Place, type TestNetwork } from './test-network.js';

const OPTIONS = { retries: { delay: () => 20 } };

interface ClientOptions extends Pick<FabricConnection, 'channelOptions'>, Pick<SpydraClientOptions, 'cache'> {
  readonly member?: Member;
}

/** A client of the SDK on a network. */
export function clientOn(
  network: Place,
  { member = 'client', channelOptions, cache }: ClientOptions = {},
): SpydraClient {
  const { cert: certificate, key: privateKey } = network.members[member];
  const { channel, chaincode, address: endpoint, tlsCa: tlsCertificate } = network;
  const identity = { mspId: 'Org1MSP', certificate, privateKey };
  const connection = { endpoint, tlsCertificate, tlsHostName: 'localhost', identity, channelOptions };
  return new SpydraClient({ ledger: fabricLedger({ connection, channel, chaincode }), cache, ...OPTIONS });
}

/** As `clientOn`, but the answer to its first submission is lost, which an orderer has taken. */
export function losingClientOn(network: TestNetwork): SpydraClient {
  const { channel, chaincode } = network;
  const { gateway, close } = connectAs(network, 'client');
  const ledger = fabricLedger({ gateway: losingFirstSubmit(gateway), channel, chaincode });
  return new SpydraClient({ ledger: { ...ledger, close: async () => close() }, ...OPTIONS });
}

/** Clients of the SDK on a network, until `close()`. */
export function sdkOn(network: TestNetwork): Clients & { close(): Promise<void> } {
  const clients = { one: clientOn(network), other: clientOn(network, { member: 'otherClient' }) };
  return {
    ...clients,
    close: async () => {
      await Promise.all(Object.values(clients).map((client) => client.close()));
    },
  };
}

function losingFirstSubmit(gateway: FabricGateway): FabricGateway {
  let isLost = false;
  const losing = (envelope: Envelope): Envelope => ({
    getResult: () => envelope.getResult(),
    submit: async (options) => {
      const submitted = await envelope.submit(options);
      if (isLost) return submitted;
      isLost = true;
      throw Object.assign(new Error('14 UNAVAILABLE: Connection dropped'), { code: 14, details: [] });
    },
  });
  return {
    getIdentity: () => gateway.getIdentity(),
    newCommit: (request) => gateway.newCommit(request),
    getNetwork: (channel) => ({
      getChaincodeEvents: (chaincode, options) => gateway.getNetwork(channel).getChaincodeEvents(chaincode, options),
      getContract: (chaincode, name) => ({
        newProposal: (functionName, options) => {
          const proposal = gateway.getNetwork(channel).getContract(chaincode, name).newProposal(functionName, options);
          return {
            getTransactionId: () => proposal.getTransactionId(),
            evaluate: (more) => proposal.evaluate(more),
            endorse: async (more) => losing(await proposal.endorse(more)),
          };
        },
      }),
    }),
  };
}
