import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../test-network.js';
import type { Binaries, Environment } from './binaries.js';
import type { CryptoMaterial } from './members.js';

export interface Ports {
  readonly orderer: number;
  readonly ordererAdmin: number;
  readonly peer: number;
  readonly peerChaincode: number;
}

const tlsOf = (node: string) => ({
  key: join(node, 'tls/server.key'),
  cert: join(node, 'tls/server.crt'),
  ca: join(node, 'tls/ca.crt'),
});

/** Starts an orderer, and lets it serve the channel of a genesis block. */
export async function startOrderer(
  binaries: Binaries,
  folder: string,
  { orderer, ordererAdmin }: Ports,
  crypto: CryptoMaterial,
  channel: { readonly id: string; readonly block: string },
): Promise<Node> {
  const { key, cert, ca } = tlsOf(crypto.orderer);
  const node = await binaries.serve('orderer', [], {
    FABRIC_LOGGING_SPEC: 'warn',
    ORDERER_GENERAL_LISTENADDRESS: '127.0.0.1',
    ORDERER_GENERAL_LISTENPORT: String(orderer),
    ORDERER_GENERAL_LOCALMSPID: 'OrdererMSP',
    ORDERER_GENERAL_LOCALMSPDIR: join(crypto.orderer, 'msp'),
    ORDERER_GENERAL_TLS_ENABLED: 'true',
    ORDERER_GENERAL_TLS_PRIVATEKEY: key,
    ORDERER_GENERAL_TLS_CERTIFICATE: cert,
    ORDERER_GENERAL_TLS_ROOTCAS: `[${ca}]`,
    ORDERER_GENERAL_CLUSTER_CLIENTCERTIFICATE: cert,
    ORDERER_GENERAL_CLUSTER_CLIENTPRIVATEKEY: key,
    ORDERER_GENERAL_CLUSTER_ROOTCAS: `[${ca}]`,
    ORDERER_GENERAL_BOOTSTRAPMETHOD: 'none',
    ORDERER_CHANNELPARTICIPATION_ENABLED: 'true',
    ORDERER_ADMIN_LISTENADDRESS: `127.0.0.1:${ordererAdmin}`,
    ORDERER_ADMIN_TLS_ENABLED: 'true',
    ORDERER_ADMIN_TLS_CERTIFICATE: cert,
    ORDERER_ADMIN_TLS_PRIVATEKEY: key,
    ORDERER_ADMIN_TLS_ROOTCAS: `[${ca}]`,
    ORDERER_ADMIN_TLS_CLIENTROOTCAS: `[${ca}]`,
    ORDERER_OPERATIONS_LISTENADDRESS: '127.0.0.1:0',
    ORDERER_FILELEDGER_LOCATION: join(folder, 'orderer-data'),
    ORDERER_CONSENSUS_WALDIR: join(folder, 'orderer-data/wal'),
    ORDERER_CONSENSUS_SNAPDIR: join(folder, 'orderer-data/snapshots'),
  });
  const admin = ['-o', `127.0.0.1:${ordererAdmin}`, '--ca-file', ca, '--client-cert', cert, '--client-key', key];
  await binaries.retry('osnadmin', ['channel', 'list', ...admin]);
  await binaries.run('osnadmin', [
    'channel',
    'join',
    '--channelID',
    channel.id,
    '--config-block',
    channel.block,
    ...admin,
  ]);
  return node;
}

/** Starts a peer, and lets it join the channel. With the environment of its administrator. */
export async function startPeer(
  binaries: Binaries,
  folder: string,
  { peer, peerChaincode }: Ports,
  crypto: CryptoMaterial,
  channelBlock: string,
): Promise<{ readonly node: Node; readonly admin: Environment }> {
  const { key, cert, ca } = tlsOf(crypto.peer);
  writeCoreFile(binaries.home, folder);
  const address = `127.0.0.1:${peer}`;
  const node = await binaries.serve('peer', ['node', 'start'], {
    FABRIC_LOGGING_SPEC: 'warn',
    CORE_PEER_ID: 'peer0',
    CORE_PEER_ADDRESS: address,
    CORE_PEER_LISTENADDRESS: address,
    CORE_PEER_CHAINCODELISTENADDRESS: `127.0.0.1:${peerChaincode}`,
    CORE_PEER_CHAINCODEADDRESS: `127.0.0.1:${peerChaincode}`,
    CORE_PEER_GOSSIP_BOOTSTRAP: address,
    CORE_PEER_GOSSIP_ENDPOINT: address,
    CORE_PEER_GOSSIP_EXTERNALENDPOINT: address,
    CORE_PEER_LOCALMSPID: 'Org1MSP',
    CORE_PEER_MSPCONFIGPATH: join(crypto.peer, 'msp'),
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_TLS_CERT_FILE: cert,
    CORE_PEER_TLS_KEY_FILE: key,
    CORE_PEER_TLS_ROOTCERT_FILE: ca,
    CORE_PEER_FILESYSTEMPATH: join(folder, 'peer-data'),
    CORE_LEDGER_SNAPSHOTS_ROOTDIR: join(folder, 'peer-data/snapshots'),
    CORE_OPERATIONS_LISTENADDRESS: '127.0.0.1:0',
  });
  const admin = {
    FABRIC_LOGGING_SPEC: 'error',
    CORE_PEER_ADDRESS: address,
    CORE_PEER_LOCALMSPID: 'Org1MSP',
    CORE_PEER_MSPCONFIGPATH: crypto.adminMsp,
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_TLS_ROOTCERT_FILE: ca,
  };
  await binaries.retry('peer', ['channel', 'join', '-b', channelBlock], admin);
  return { node, admin };
}

/** The variables of the environment cannot replace the list of builders, nor empty the address of Docker. */
function writeCoreFile(home: string, folder: string): void {
  const core = readFileSync(join(home, 'config/core.yaml'), 'utf8')
    .replace('path: /opt/hyperledger/ccaas_builder', `path: ${home}/builders/ccaas`)
    .replace(/(\nvm:\n(?:.*\n)*? +endpoint:).*/, '$1 ""');
  writeFileSync(join(folder, 'core.yaml'), core);
}
