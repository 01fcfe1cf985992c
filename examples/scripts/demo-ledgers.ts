import { SpydraClient } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import { platformLedger } from 'spydra-sdk/platform';
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

/**
 * Opens the ledger that is named: `fabric`, `platform`, or by default what the SPYDRA_* variables mean, or the sandbox.
 *
 * @throws Error if the variables may mean both of Spydra's APIs
 */
export async function openLedger(name?: string): Promise<DemoLedger> {
  if (name === 'fabric') return onFabric(networkIn(process.env) ?? (await startStandInPeer()));
  const { SPYDRA_PLATFORM_URL, SPYDRA_API_KEY, SPYDRA_BASE_URL } = process.env;
  if (name === 'platform') return SPYDRA_PLATFORM_URL ? onPlatform(SPYDRA_PLATFORM_URL) : onSandboxPlatform();
  if (name !== undefined)
    throw new Error(`There is no ledger "${name}": give --ledger fabric or platform, or leave it out.`);
  if (SPYDRA_PLATFORM_URL) return onPlatform(SPYDRA_PLATFORM_URL);
  return SPYDRA_API_KEY !== undefined || SPYDRA_BASE_URL !== undefined ? onServer() : onSandbox();
}

function onServer(): DemoLedger {
  const spydra = new SpydraClient();
  return {
    title: "Spydra's REST API v2, as the SPYDRA_* variables say",
    spydra,
    isTemporary: false,
    close: () => spydra.close(),
  };
}

function onPlatform(url: string): DemoLedger {
  const spydra = new SpydraClient({ ledger: platformLedger() });
  return {
    title: `Spydra's platform at ${url}, since SPYDRA_PLATFORM_URL is set`,
    spydra,
    isTemporary: false,
    close: () => spydra.close(),
  };
}

/** The platform's API, of a sandbox in this process. */
function onSandboxPlatform(): DemoLedger {
  const sandbox = createSandbox({ blockTime: 2_000 });
  const { apiKey, appId, fetch } = sandbox.connection();
  const spydra = new SpydraClient({
    ledger: platformLedger({ baseUrl: 'https://sandbox.spydra.test', appId, apiKey, fetch }),
  });
  const close = async () => {
    await spydra.close();
    await sandbox.close();
  };
  return { title: "Spydra's platform, of the embedded sandbox, a block every 2 s", spydra, isTemporary: true, close };
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
