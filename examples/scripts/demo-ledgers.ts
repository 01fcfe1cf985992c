import { SpydraClient } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import { createSandbox } from 'spydra-sdk/sandbox';
import { blockNumbersOn } from './block-numbers.js';
import { type FabricNetwork, networkIn, startStandInPeer } from './fabric-networks.js';
import type { BlockOf } from './life-of-an-asset.js';

/** What the demo runs on. */
export interface DemoLedger {
  readonly title: string;
  readonly spydra: SpydraClient;
  /** Whether it ends with the demo. */
  readonly isTemporary: boolean;
  readonly blockOf?: BlockOf;
  close(): Promise<void>;
}

/** Opens the ledger that is named: `fabric`, or by default Spydra's REST API or its sandbox. */
export async function openLedger(name?: string): Promise<DemoLedger> {
  if (name === 'fabric') return onFabric(networkIn(process.env) ?? (await startStandInPeer()));
  if (name !== undefined) throw new Error(`There is no ledger "${name}": give --ledger fabric, or leave it out.`);
  return process.env.SPYDRA_API_KEY !== undefined || process.env.SPYDRA_BASE_URL !== undefined
    ? onServer()
    : onSandbox();
}

function onServer(): DemoLedger {
  const spydra = new SpydraClient();
  return {
    title: 'Spydra, as the SPYDRA_* variables say',
    spydra,
    isTemporary: false,
    close: () => spydra.close(),
  };
}

function onSandbox(): DemoLedger {
  const sandbox = createSandbox({ blockTime: 2_000 });
  const spydra = new SpydraClient(sandbox.connection());
  const close = async () => {
    await spydra.close();
    await sandbox.close();
  };
  return { title: 'Spydra sandbox, embedded, a block every 2 s', spydra, isTemporary: true, close };
}

async function onFabric(network: FabricNetwork): Promise<DemoLedger> {
  const { title, isTemporary, connection, channel, chaincode } = network;
  const opened: { close(): unknown }[] = [network];
  const close = async () => {
    for (const each of opened.reverse()) await each.close();
  };
  try {
    const spydra = new SpydraClient({ ledger: fabricLedger({ connection, channel, chaincode }) });
    opened.push(spydra);
    const blocks = blockNumbersOn(network);
    opened.push(blocks);
    return { title, spydra, isTemporary, blockOf: (transactionId) => blocks.of(transactionId), close };
  } catch (error) {
    await close();
    throw error;
  }
}
