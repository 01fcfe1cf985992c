import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChaincodeProcess } from './chaincode-process.js';
import { Binaries } from './network/binaries.js';
import { Lifecycle } from './network/lifecycle.js';
import { cryptoMaterialIn } from './network/members.js';
import { startOrderer, startPeer } from './network/nodes.js';
import { CertificateAuthority } from './peer/certificates.js';
import { freePorts } from './ports.js';
import type { Node, TestNetwork } from './test-network.js';

const TEMPLATES = join(import.meta.dirname, 'network');
const CHANNEL = 'ch';
const CHAINCODE = 'spydra';

/** A network of Fabric itself, and its version. */
export interface FabricNetwork extends TestNetwork {
  readonly version: string;
  /** Deploys the chaincode once more, as its next version in a process of its own. */
  upgrade(): Promise<void>;
  /** What its programs have logged, for a test that fails. */
  logs(): string;
}

/**
 * Starts an orderer and a peer of Fabric on this machine, with the chaincode as a service.
 *
 * @param home a folder with Fabric's programs, as in its release archives: `bin`, `config` and `builders/ccaas`
 */
export async function startFabric(home: string): Promise<FabricNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'fabric-'));
  const binaries = new Binaries(home, folder);
  const [orderer = 0, ordererAdmin = 0, peer = 0, peerChaincode = 0] = await freePorts(4);
  const ports = { orderer, ordererAdmin, peer, peerChaincode };
  const started: Node[] = [];
  const close = async () => {
    await Promise.all(started.map((node) => node.stop()));
  };
  try {
    await binaries.run('cryptogen', ['generate', `--config=${TEMPLATES}/crypto-config.yaml`, '--output=crypto']);
    const crypto = cryptoMaterialIn(folder);
    const block = join(folder, 'channel.block');
    writeConfiguration(home, folder, ports);
    await binaries.run('configtxgen', ['-profile', 'One', '-outputBlock', block, '-channelID', CHANNEL]);
    const ordererNode = await startOrderer(binaries, folder, ports, crypto, { id: CHANNEL, block });
    started.push(ordererNode);
    const { node: peerNode, admin } = await startPeer(binaries, folder, ports, crypto, block);
    started.push(peerNode);
    const ordererCa = join(crypto.orderer, 'tls/ca.crt');
    const target = { channel: CHANNEL, ordererAddress: `127.0.0.1:${orderer}`, ordererCa };
    const lifecycle = new Lifecycle(binaries, folder, admin, target);
    let chaincode = await deploy(lifecycle, 1);
    started.push(chaincode);
    return {
      version: /Version: (\S+)/.exec(await binaries.run('peer', ['version']))?.[1] ?? 'unknown',
      channel: CHANNEL,
      chaincode: CHAINCODE,
      address: `127.0.0.1:${peer}`,
      tlsCa: readFileSync(join(crypto.peer, 'tls/ca.crt'), 'utf8'),
      members: { admin: crypto.member('Admin'), client: crypto.member('User1'), otherClient: crypto.member('User2') },
      nodes: {
        orderer: ordererNode,
        peer: peerNode,
        chaincode: { stop: () => chaincode.stop(), start: () => chaincode.start() },
      },
      async upgrade() {
        const old = chaincode;
        chaincode = await deploy(lifecycle, 2);
        started.push(chaincode);
        await old.stop();
      },
      logs: () => ['orderer', 'peer'].map((name) => binaries.logOf(name)).join('\n'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts a service with TLS, and commits its definition. */
async function deploy(lifecycle: Lifecycle, sequence: number): Promise<ChaincodeProcess> {
  const authority = new CertificateAuthority('chaincode');
  const [port = 0] = await freePorts(1);
  const definition = { name: CHAINCODE, sequence, address: `127.0.0.1:${port}`, rootCert: authority.cert };
  const packageId = await lifecycle.install(definition);
  const chaincode = await ChaincodeProcess.start({ port, packageId, tls: authority.server('chaincode') });
  try {
    await lifecycle.commit(definition, packageId);
    return chaincode;
  } catch (error) {
    await chaincode.stop();
    throw error;
  }
}

function writeConfiguration(home: string, folder: string, ports: { orderer: number; peer: number }): void {
  const configuration = readFileSync(join(TEMPLATES, 'configtx.yaml'), 'utf8')
    .replaceAll('FOLDER', folder)
    .replaceAll('ORDERER_PORT', String(ports.orderer))
    .replaceAll('PEER_PORT', String(ports.peer));
  writeFileSync(join(folder, 'configtx.yaml'), configuration);
  for (const file of ['core.yaml', 'orderer.yaml']) {
    writeFileSync(join(folder, file), readFileSync(join(home, 'config', file)));
  }
}
