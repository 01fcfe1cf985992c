import { type Logger, SpydraClient } from 'spydra-sdk';
import { platformLedger } from 'spydra-sdk/platform';
import { createSandbox } from 'spydra-sdk/sandbox';
import { openCache } from './cache.js';
import { type Config, withFiles } from './config.js';
import { poolFetch } from './pool-fetch.js';

/** The client of the server, for Spydra or a sandbox. */
export interface ServedLedger {
  readonly spydra: SpydraClient;
  /** A description for the log. */
  readonly name: string;
  /** Assets and a wallet to try the API with; on a sandbox only. */
  readonly sample?: Sample;
  close(): Promise<void>;
}

export interface Sample {
  /** Has tokens. */
  readonly walletId: string;
  /** An asset whose tokens can still be minted. */
  readonly assetId: string;
  /** An asset that is published and partly sold. */
  readonly publishedId: string;
}

/** Milliseconds; the default of Fabric. */
const BLOCK_TIME = 2_000;

/**
 * Opens Spydra, or a sandbox with a few assets if no variable of Spydra is set.
 *
 * @throws Error if a variable is set but no key: a write to the sandbox would be reported as done, but be on no ledger.
 */
export async function openLedger(
  config: Pick<Config, 'redisUrls' | 'uncertaintyWindow'>,
  logger: Logger,
): Promise<ServedLedger> {
  const environment = withFiles(process.env);
  const isNamed = Object.keys(environment).some((name) => name.startsWith('SPYDRA_') && name !== 'SPYDRA_DEBUG');
  return isNamed || environment.NODE_ENV === 'production' ? realLedger(config, logger) : sandboxLedger(logger);
}

function realLedger(
  { redisUrls, uncertaintyWindow }: Pick<Config, 'redisUrls' | 'uncertaintyWindow'>,
  logger: Logger,
): ServedLedger {
  const key = spydraKey();
  if (!key) throw new Error('SPYDRA_API_KEY is missing: set it, or no SPYDRA_* and no NODE_ENV for a sandbox.');
  // The SDK reads the key with the first request only.
  if (!/^[\x21-\x7e]{8,}$/.test(key)) throw new Error('SPYDRA_API_KEY must be 8 visible ASCII characters or more.');
  const cache = openCache(redisUrls);
  const pool = poolFetch();
  const apiKey = () => spydraKey() ?? '';
  const isPlatform = Boolean(withFiles(process.env).SPYDRA_PLATFORM_URL);
  // Refuses variables that may be of either API.
  const place = isPlatform
    ? { ledger: platformLedger({ apiKey, fetch: pool.fetch, logger }) }
    : { apiKey, fetch: pool.fetch };
  const spydra = new SpydraClient({ ...place, cache: cache.option, uncertaintyWindow, logger });
  const close = () => spydra.close().finally(() => Promise.all([cache.close(), pool.close()]));
  const name = isPlatform
    ? "Spydra's platform, since SPYDRA_PLATFORM_URL is set"
    : "Spydra's REST API v2, as the SPYDRA_* variables say";
  return { spydra, name, close };
}

/** Read again when Spydra refuses it, so that a new key in the file needs no restart. */
function spydraKey(): string | undefined {
  return withFiles(process.env).SPYDRA_API_KEY;
}

/** Its cache is in this process, as the ledger is. */
async function sandboxLedger(logger: Logger): Promise<ServedLedger> {
  const sandbox = createSandbox({ blockTime: BLOCK_TIME });
  const { assets, investors } = await sandbox.seed();
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
