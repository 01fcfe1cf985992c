import { type ChaincodeOptions, ChaincodeProcess } from '../chaincode-process.js';
import { allOf, type TestNetwork } from '../test-network.js';
import { CertificateAuthority, expiredClient } from './certificates.js';
import { StandIn, type StandInOptions } from './stand-in.js';

export interface StandInNetwork extends TestNetwork {
  readonly standIn: StandIn;
  readonly chaincodes: readonly ChaincodeProcess[];
}

export interface StandInNetworkOptions extends Pick<StandInOptions, 'blocks' | 'channel' | 'schedule'> {
  /** Each has a chaincode process. */
  readonly mspIds?: readonly string[];
  /** How the chaincode process of each differs. */
  readonly processes?: readonly Pick<ChaincodeOptions, 'preload' | 'environment'>[];
}

/** The stand-in with chaincode in processes of its own, behind TLS as a peer is. */
export async function startStandIn({
  mspIds = ['Org1MSP'],
  processes = [],
  ...options
}: StandInNetworkOptions = {}): Promise<StandInNetwork> {
  const { tlsCa, tls, members } = issueCertificates();
  const chaincodes = await Promise.all(mspIds.map((_, n) => ChaincodeProcess.start(processes[n])));
  const organisations = mspIds.map((mspId, n) => ({ mspId, chaincodeAddress: chaincodes[n]?.address ?? '' }));
  const standIn = await StandIn.start({ ...options, organisations, tls });
  return {
    standIn,
    chaincodes,
    channel: standIn.channel.name,
    chaincode: standIn.channel.chaincode,
    address: standIn.address,
    tlsCa,
    members,
    nodes: {
      orderer: {
        async stop() {
          standIn.orderer.isAway = true;
          standIn.orderer.lose();
        },
        async start() {
          standIn.orderer.isAway = false;
        },
      },
      peer: { stop: async () => standIn.stopPeer(), start: () => standIn.startPeer() },
      chaincode: allOf(chaincodes),
    },
    async close() {
      standIn.close();
      await allOf(chaincodes).stop();
    },
  };
}

function issueCertificates() {
  const authority = new CertificateAuthority('Org1MSP');
  try {
    const members = {
      admin: authority.member('admin', 'admin'),
      client: authority.member('client', 'client'),
      otherClient: authority.member('other', 'client'),
      expired: expiredClient(authority),
    };
    return { tlsCa: authority.cert, tls: authority.server('peer'), members };
  } finally {
    authority.remove();
  }
}
