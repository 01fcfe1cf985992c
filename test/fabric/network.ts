import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Binaries, type Environment } from './network/binaries.js';
import { deploy } from './network/deploy.js';
import { Lifecycle } from './network/lifecycle.js';
import { Organisation, ordererIn } from './network/members.js';
import { startOrderer, startPeer } from './network/nodes.js';
import { expiredClient } from './peer/certificates.js';
import { freePorts } from './ports.js';
import { allOf, type Node, type TestNetwork } from './test-network.js';

const TEMPLATES = join(import.meta.dirname, 'network');
const CHANNEL = 'ch';
const CHAINCODE = 'spydra';

/** A network of Fabric itself, and its version. */
export interface FabricNetwork extends TestNetwork {
  readonly version: string;
  /** The chaincode of each organisation. */
  readonly chaincodes: readonly Node[];
  /** Deploys the chaincode once more, as its next version in processes of its own. */
  upgrade(): Promise<void>;
}

export interface FabricOptions {
  /** A folder with Fabric's programs, as in its release archives: `bin`, `config` and `builders/ccaas`. */
  readonly home: string;
  /** Each has a peer and a chaincode process, and both must endorse. Default: 1. */
  readonly organisations?: 1 | 2;
}

/** Starts an orderer and peers of Fabric on this machine, with the chaincode as services. */
export async function startFabric(options: FabricOptions): Promise<FabricNetwork> {
  const started: Node[] = [];
  const close = () => allOf(started).stop();
  try {
    return { ...(await start(options, started)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start({ home, organisations: count = 1 }: FabricOptions, started: Node[]) {
  const folder = mkdtempSync(join(tmpdir(), 'fabric-'));
  const binaries = new Binaries(home, folder);
  const [port = 0, adminPort = 0, ...peerPorts] = await freePorts(6);
  await binaries.run('cryptogen', ['generate', `--config=${TEMPLATES}/crypto-config.yaml`, '--output=crypto']);
  writeConfiguration(home, folder, { ORDERER_PORT: port, ORG1_PORT: peerPorts[0], ORG2_PORT: peerPorts[2] });
  const block = join(folder, 'channel.block');
  const profile = count === 1 ? 'One' : 'Two';
  await binaries.run('configtxgen', ['-profile', profile, '-outputBlock', block, '-channelID', CHANNEL]);

  const ordererFolder = ordererIn(folder);
  const place = { folder: ordererFolder, port, adminPort };
  const orderer = await startOrderer(binaries, folder, place, { id: CHANNEL, block });
  started.push(orderer);
  const organisations = Array.from({ length: count }, (_, n) => new Organisation(folder, n + 1));
  const peers: Node[] = [];
  const admins: Environment[] = [];
  for (const [n, organisation] of organisations.entries()) {
    const ports = peerPorts.slice(2 * n, 2 * n + 2);
    const { node, admin } = await startPeer(binaries, folder, organisation, ports, block);
    started.push(node);
    peers.push(node);
    admins.push(admin);
  }

  const ordererCa = join(ordererFolder, 'tls/ca.crt');
  const target = { channel: CHANNEL, ordererAddress: `127.0.0.1:${port}`, ordererCa };
  const lifecycle = new Lifecycle(binaries, folder, admins, target);
  let chaincodes = await deploy(lifecycle, admins, { name: CHAINCODE, sequence: 1 }, started);
  const [first, firstPeer] = [organisations[0], peers[0]];
  if (!first || !firstPeer) throw new Error('a network has one organisation at least');
  return {
    version: /Version: (\S+)/.exec(await binaries.run('peer', ['version']))?.[1] ?? 'unknown',
    channel: CHANNEL,
    chaincode: CHAINCODE,
    address: `127.0.0.1:${peerPorts[0]}`,
    tlsCa: readFileSync(join(first.peer, 'tls/ca.crt'), 'utf8'),
    members: {
      admin: first.member('Admin'),
      client: first.member('User1'),
      otherClient: first.member('User2'),
      expired: expiredClient(first.authority),
    },
    nodes: {
      orderer,
      peer: firstPeer,
      chaincode: { stop: () => allOf(chaincodes).stop(), start: () => allOf(chaincodes).start() },
    },
    chaincodes,
    async upgrade() {
      const old = chaincodes;
      chaincodes = await deploy(lifecycle, admins, { name: CHAINCODE, sequence: 2 }, started);
      await allOf(old).stop();
    },
  };
}

/** Copies the files of configuration, with words in capitals replaced by their values. */
function writeConfiguration(home: string, folder: string, ports: Readonly<Record<string, number | undefined>>): void {
  let configuration = readFileSync(join(TEMPLATES, 'configtx.yaml'), 'utf8').replaceAll('FOLDER', folder);
  for (const [name, port = 0] of Object.entries(ports)) configuration = configuration.replaceAll(name, String(port));
  writeFileSync(join(folder, 'configtx.yaml'), configuration);
  for (const file of ['core.yaml', 'orderer.yaml']) {
    writeFileSync(join(folder, file), readFileSync(join(home, 'config', file)));
  }
}
