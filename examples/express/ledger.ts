import { type Logger, SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { openCache } from './cache.js';
import { type Config, withFiles } from './config.js';

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

/**
 * Spydra; or a sandbox with a few assets where the environment says nothing of Spydra.
 *
 * @throws Error where it says something and no key: what the sandbox calls done is on no ledger.
 */
export function openLedger({ redisUrls }: Pick<Config, 'redisUrls'>, logger: Logger): ServedLedger {
  const environment = withFiles(process.env);
  const isNamed = Object.keys(environment).some((name) => name.startsWith('SPYDRA_') && name !== 'SPYDRA_DEBUG');
  return isNamed || environment.NODE_ENV === 'production' ? realLedger(redisUrls, logger) : sandboxLedger(logger);
}

function realLedger(redisUrls: readonly string[], logger: Logger): ServedLedger {
  if (!spydraKey()) throw new Error('SPYDRA_API_KEY is missing: set it, or no SPYDRA_* and no NODE_ENV for a sandbox.');
  const cache = openCache(redisUrls);
  const spydra = new SpydraClient({ cache: cache.option, apiKey: () => spydraKey() ?? '', logger });
  const close = () => spydra.close().finally(cache.close);
  return { spydra, name: 'Spydra, as the SPYDRA_* variables say', close };
}

/** Asked for again when Spydra refuses it: a new one in its file needs no restart. */
function spydraKey(): string | undefined {
  return withFiles(process.env).SPYDRA_API_KEY;
}

/** Its cache is this process's own, as the ledger is. */
function sandboxLedger(logger: Logger): ServedLedger {
  const sandbox = createSandbox({ blockTime: BLOCK_TIME });
  const { assets, investors } = sandbox.seed();
  const idOf = (wanted: string) => assets.find(({ status }) => status === wanted)?.assetId ?? '';
  const spydra = new SpydraClient({ ...sandbox.connection(), cache: true, logger });
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
