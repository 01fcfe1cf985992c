import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChaincodeOptions, ChaincodeProcess } from '../chaincode-process.js';
import { freePorts } from '../ports.js';
import { RestartedProcess } from '../restarted-process.js';
import { allOf, type Node, type TestNetwork } from '../test-network.js';
import { CertificateAuthority, expiredClient } from './certificates.js';
import type { StandInOptions } from './stand-in.js';
import type { StandInTask } from './stand-in.program.js';

export interface StandInProcessOptions extends Pick<StandInOptions, 'blocks'>, Pick<ChaincodeOptions, 'preload'> {
  /** The share of submits of which the answer is lost. Default: 0. */
  readonly lostSubmits?: number;
}

/** The stand-in in a process of its own, which keeps its blocks in a file, and its chaincode in another process. */
export async function startStandInProcess({
  blocks = {},
  lostSubmits = 0,
  preload,
}: StandInProcessOptions = {}): Promise<TestNetwork> {
  const authority = new CertificateAuthority('Org1MSP');
  const chaincode = await ChaincodeProcess.start({ preload });
  const [port = 0] = await freePorts(1);
  const options = {
    organisations: [{ mspId: 'Org1MSP', chaincodeAddress: chaincode.address }],
    channel: 'ch',
    chaincode: 'spydra',
    blocks,
    tls: authority.server('peer'),
    port,
    blockFile: join(mkdtempSync(join(tmpdir(), 'peer-')), 'blocks'),
    lostSubmits,
  };
  let seed = 0;
  const process = new RestartedProcess('test/fabric/peer/stand-in.program.ts');
  const peer: Node = {
    async start() {
      // Other submits are lost in each life of it.
      const task: StandInTask = { ...options, seed: ++seed };
      const { lines } = process.start(task);
      await lines.next();
    },
    stop: () => process.kill(),
  };
  await peer.start();
  return {
    channel: options.channel,
    chaincode: options.chaincode,
    address: `127.0.0.1:${port}`,
    tlsCa: authority.cert,
    members: {
      admin: authority.member('admin', 'admin'),
      client: authority.member('client', 'client'),
      otherClient: authority.member('other', 'client'),
      expired: expiredClient(authority),
    },
    // Peer and orderer are one process.
    nodes: { orderer: peer, peer, chaincode },
    close: () => allOf([peer, chaincode]).stop(),
  };
}
