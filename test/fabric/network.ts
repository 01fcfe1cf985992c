import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChaincodeProcess } from './chaincode-process.js';
import { Binaries } from './network/binaries.js';
import { commitChaincode, installChaincode } from './network/lifecycle.js';
import { cryptoMaterialIn } from './network/members.js';
import { startOrderer, startPeer } from './network/nodes.js';
import { freePorts } from './ports.js';
import type { TestNetwork } from './test-network.js';

const TEMPLATES = join(import.meta.dirname, 'network');
const CHANNEL = 'ch';
const CHAINCODE = 'spydra';

/** A network of Fabric itself, and its version. */
export interface FabricNetwork extends TestNetwork {
  readonly version: string;
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
  const [orderer = 0, ordererAdmin = 0, peer = 0, peerChaincode = 0, chaincodePort = 0] = await freePorts(5);
  const ports = { orderer, ordererAdmin, peer, peerChaincode };
  let chaincode: ChaincodeProcess | undefined;
  const close = async () => {
    await Promise.all([binaries.stop(), chaincode?.kill()]);
  };
  try {
    await binaries.run('cryptogen', ['generate', `--config=${TEMPLATES}/crypto-config.yaml`, '--output=crypto']);
    const crypto = cryptoMaterialIn(folder);
    const block = join(folder, 'channel.block');
    writeConfiguration(home, folder, ports);
    await binaries.run('configtxgen', ['-profile', 'One', '-outputBlock', block, '-channelID', CHANNEL]);
    await startOrderer(binaries, folder, ports, crypto, { id: CHANNEL, block });
    const admin = await startPeer(binaries, folder, ports, crypto, block);
    const address = `127.0.0.1:${chaincodePort}`;
    const packageId = await installChaincode(binaries, folder, admin, { name: CHAINCODE, address });
    chaincode = await ChaincodeProcess.start({ port: chaincodePort, packageId });
    const definition = { name: CHAINCODE, packageId };
    const ordererCa = join(crypto.orderer, 'tls/ca.crt');
    await commitChaincode(binaries, admin, CHANNEL, definition, { address: `127.0.0.1:${orderer}`, ca: ordererCa });
    const service = chaincode;
    return {
      version: /Version: (\S+)/.exec(await binaries.run('peer', ['version']))?.[1] ?? 'unknown',
      channel: CHANNEL,
      chaincode: CHAINCODE,
      address: `127.0.0.1:${peer}`,
      tlsCa: readFileSync(join(crypto.peer, 'tls/ca.crt'), 'utf8'),
      members: { admin: crypto.member('Admin'), client: crypto.member('User1'), otherClient: crypto.member('User2') },
      async restartChaincode() {
        await service.kill();
        await service.start();
      },
      logs: () => ['orderer', 'peer'].map((name) => binaries.logOf(name)).join('\n'),
      close,
    };
  } catch (error) {
    await close();
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
