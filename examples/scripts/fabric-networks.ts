import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FabricConnection } from 'spydra-sdk/fabric';

/** A channel of Fabric with the token contract, and who the demo is there. Certificates and keys are PEM texts. */
export interface FabricNetwork {
  readonly title: string;
  /** Whether it ends with the demo. */
  readonly isTemporary: boolean;
  readonly connection: FabricConnection & { readonly tlsCertificate: string | undefined; readonly identity: Identity };
  readonly channel: string;
  readonly chaincode: string;
  close(): Promise<void>;
}

interface Identity {
  readonly mspId: string;
  readonly certificate: string;
  readonly privateKey: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of fabric-samples with the prefix FABRIC_, below the folder of an organisation of its test network. */
const TEST_NETWORK = {
  FABRIC_PEER_ENDPOINT: () => 'localhost:7051',
  FABRIC_PEER_HOST_ALIAS: () => 'peer0.org1.example.com',
  FABRIC_MSP_ID: () => 'Org1MSP',
  FABRIC_TLS_CERT_PATH: (folder: string) => join(folder, 'peers/peer0.org1.example.com/tls/ca.crt'),
  FABRIC_CERT_PATH: (folder: string) => join(folder, 'users/User1@org1.example.com/msp/signcerts'),
  FABRIC_KEY_PATH: (folder: string) => join(folder, 'users/User1@org1.example.com/msp/keystore'),
};
type Variable = keyof typeof TEST_NETWORK;
const VARIABLES = Object.keys(TEST_NETWORK) as Variable[];
/** Without TLS there is neither. */
const OPTIONAL: readonly Variable[] = ['FABRIC_PEER_HOST_ALIAS', 'FABRIC_TLS_CERT_PATH'];

/** The network in the FABRIC_* variables, if there is one. */
export function networkIn(env: Environment): FabricNetwork | undefined {
  const folder = env.FABRIC_CRYPTO_PATH;
  const settingOf = (name: Variable) => env[name] || (folder && TEST_NETWORK[name](folder)) || undefined;
  if (VARIABLES.every((name) => settingOf(name) === undefined)) return undefined;
  const missing = VARIABLES.filter((name) => settingOf(name) === undefined && !OPTIONAL.includes(name));
  if (missing.length > 0) throw new Error(`Set ${missing.join(', ')} too, or FABRIC_CRYPTO_PATH (docs/fabric.md).`);

  const text = (name: Variable) => settingOf(name) ?? '';
  const endpoint = text('FABRIC_PEER_ENDPOINT');
  const [channel, chaincode] = [env.FABRIC_CHANNEL_NAME || 'mychannel', env.FABRIC_CHAINCODE_NAME || 'spydra'];
  const identity = {
    mspId: text('FABRIC_MSP_ID'),
    certificate: pemAt('FABRIC_CERT_PATH', text('FABRIC_CERT_PATH')),
    privateKey: pemAt('FABRIC_KEY_PATH', text('FABRIC_KEY_PATH')),
  };
  const tlsFile = settingOf('FABRIC_TLS_CERT_PATH');
  const tlsCertificate = tlsFile === undefined ? undefined : pemAt('FABRIC_TLS_CERT_PATH', tlsFile);
  return {
    title: `Hyperledger Fabric: the peer at ${endpoint}, channel ${channel}, chaincode ${chaincode}`,
    isTemporary: false,
    connection: { endpoint, tlsHostName: settingOf('FABRIC_PEER_HOST_ALIAS'), tlsCertificate, identity },
    channel,
    chaincode,
    close: async () => {},
  };
}

/** The text of a file, or of the one file in a folder. */
function pemAt(name: Variable, path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new Error(`${name}: there is no file ${path}.`);
  if (!stats.isDirectory()) return readFileSync(path, 'utf8');
  const [file, ...others] = readdirSync(path);
  if (file === undefined || others.length > 0) throw new Error(`${name}: ${path} must hold one file.`);
  return readFileSync(join(path, file), 'utf8');
}

/** Starts a stand-in for a peer and an orderer in this process, with the real chaincode, and lets clients write. */
export async function startStandInPeer(): Promise<FabricNetwork> {
  console.error('Starting the chaincode and a stand-in for a peer …');
  const { startStandIn } = await import('../../test/fabric/peer/network.js');
  const { configure } = await import('../../test/fabric/configure.js');
  const network = await startStandIn({ blocks: { blockTime: 2_000 } });
  try {
    await configure(network);
  } catch (error) {
    await network.close();
    throw error;
  }
  const { cert: certificate, key: privateKey } = network.members.client;
  return {
    title: 'Hyperledger Fabric: the chaincode on a stand-in for a peer, a block every 2 s',
    isTemporary: true,
    connection: {
      endpoint: network.address,
      tlsHostName: 'localhost',
      tlsCertificate: network.tlsCa,
      identity: { mspId: 'Org1MSP', certificate, privateKey },
    },
    channel: network.channel,
    chaincode: network.chaincode,
    close: () => network.close(),
  };
}
