import { type Logger, SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';

/** What the server works on. */
export interface ServedLedger {
  readonly spydra: SpydraClient;
  /** For people. */
  readonly name: string;
  /** Something to try things on, where the ledger is ours. */
  readonly sample?: Sample;
  close(): Promise<void>;
}

export interface Sample {
  /** Has tokens. */
  readonly walletId: string;
  /** Tokens of it can still be minted. */
  readonly assetId: string;
  /** Has been published, and partly sold. */
  readonly publishedId: string;
}

/** Milliseconds: as long as Fabric takes by default. */
const BLOCK_TIME = 2_000;

/** Spydra, where the environment holds a key for it; a sandbox with a few assets otherwise. */
export function openLedger(logger: Logger): ServedLedger {
  return process.env.SPYDRA_API_KEY ? realLedger(logger) : sandboxLedger(logger);
}

function realLedger(logger: Logger): ServedLedger {
  const spydra = new SpydraClient({ logger });
  return { spydra, name: 'Spydra, as the SPYDRA_* variables say', close: () => spydra.close() };
}

function sandboxLedger(logger: Logger): ServedLedger {
  const sandbox = createSandbox({ blockTime: BLOCK_TIME });
  const { assets, investors } = sandbox.seed();
  const idOf = (wanted: string) => assets.find(({ status }) => status === wanted)?.assetId ?? '';
  const spydra = new SpydraClient({ ...sandbox.connection(), logger });
  return {
    spydra,
    name: `the embedded sandbox, in memory, with blocks of ${BLOCK_TIME / 1_000} s (set SPYDRA_API_KEY for Spydra)`,
    sample: { walletId: investors[0], assetId: idOf('draft'), publishedId: idOf('published') },
    close: async () => {
      await spydra.close();
      await sandbox.close();
    },
  };
}
