import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../test-network.js';
import type { Binaries, Environment } from './binaries.js';
import type { Organisation } from './members.js';

const tlsOf = (node: string) => ({
  key: join(node, 'tls/server.key'),
  cert: join(node, 'tls/server.crt'),
  ca: join(node, 'tls/ca.crt'),
});

/** Starts an orderer, and lets it serve the channel of a genesis block. */
export async function startOrderer(
  binaries: Binaries,
  folder: string,
  orderer: { readonly folder: string; readonly port: number; readonly adminPort: number },
  channel: { readonly id: string; readonly block: string },
): Promise<Node> {
  const { key, cert, ca } = tlsOf(orderer.folder);
  const node = await binaries.serve('orderer', [], {
    FABRIC_LOGGING_SPEC: 'warn',
    ORDERER_GENERAL_LISTENADDRESS: '127.0.0.1',
    ORDERER_GENERAL_LISTENPORT: String(orderer.port),
    ORDERER_GENERAL_LOCALMSPID: 'OrdererMSP',
    ORDERER_GENERAL_LOCALMSPDIR: join(orderer.folder, 'msp'),
    ORDERER_GENERAL_TLS_ENABLED: 'true',
    ORDERER_GENERAL_TLS_PRIVATEKEY: key,
    ORDERER_GENERAL_TLS_CERTIFICATE: cert,
    ORDERER_GENERAL_TLS_ROOTCAS: `[${ca}]`,
    ORDERER_GENERAL_CLUSTER_CLIENTCERTIFICATE: cert,
    ORDERER_GENERAL_CLUSTER_CLIENTPRIVATEKEY: key,
    ORDERER_GENERAL_CLUSTER_ROOTCAS: `[${ca}]`,
    ORDERER_GENERAL_BOOTSTRAPMETHOD: 'none',
    ORDERER_CHANNELPARTICIPATION_ENABLED: 'true',
    ORDERER_ADMIN_LISTENADDRESS: `127.0.0.1:${orderer.adminPort}`,
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
  const admin = ['-o', `127.0.0.1:${orderer.adminPort}`, '--ca-file', ca, '--client-cert', cert, '--client-key', key];
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
  organisation: Organisation,
  [port = 0, chaincodePort = 0]: readonly number[],
  channelBlock: string,
): Promise<{ readonly node: Node; readonly admin: Environment }> {
  const { mspId, peer } = organisation;
  const { key, cert, ca } = tlsOf(peer);
  const address = `127.0.0.1:${port}`;
  const data = join(folder, `${mspId}-data`);
  writeCoreFile(binaries.home, folder);
  const node = await binaries.serve('peer', ['node', 'start'], {
    FABRIC_LOGGING_SPEC: 'warn',
    CORE_PEER_ID: `peer0.${mspId}`,
    CORE_PEER_ADDRESS: address,
    CORE_PEER_LISTENADDRESS: address,
    CORE_PEER_CHAINCODELISTENADDRESS: `127.0.0.1:${chaincodePort}`,
    CORE_PEER_CHAINCODEADDRESS: `127.0.0.1:${chaincodePort}`,
    CORE_PEER_GOSSIP_BOOTSTRAP: address,
    CORE_PEER_GOSSIP_ENDPOINT: address,
    CORE_PEER_GOSSIP_EXTERNALENDPOINT: address,
    CORE_PEER_LOCALMSPID: mspId,
    CORE_PEER_MSPCONFIGPATH: join(peer, 'msp'),
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_TLS_CERT_FILE: cert,
    CORE_PEER_TLS_KEY_FILE: key,
    CORE_PEER_TLS_ROOTCERT_FILE: ca,
    CORE_PEER_FILESYSTEMPATH: data,
    CORE_LEDGER_SNAPSHOTS_ROOTDIR: join(data, 'snapshots'),
    CORE_OPERATIONS_LISTENADDRESS: '127.0.0.1:0',
  });
  const admin = {
    FABRIC_LOGGING_SPEC: 'error',
    CORE_PEER_ADDRESS: address,
    CORE_PEER_LOCALMSPID: mspId,
    CORE_PEER_MSPCONFIGPATH: organisation.mspOf('Admin'),
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
