import { contractLedger } from '../chain/contract-ledger.js';
import type { Ledger } from '../ledger/ledger.js';
import type { WriteLockMode } from '../options.js';
import type { Logger } from '../telemetry/logger.js';
import { PlatformChain } from './platform-chain.js';
import { platformSettings } from './settings.js';

/** Where an app of Spydra's platform is, and as whom to call it. What is left out is read from the variable named beside it. */
export interface PlatformLedgerOptions {
  /** `SPYDRA_PLATFORM_URL`: the URL of the membership, without `/fabric/…`. */
  readonly baseUrl?: string | undefined;
  /** In place of `baseUrl`, for `https://<membershipId>.spydra.app`. */
  readonly membershipId?: string | undefined;
  /** `SPYDRA_APP_ID`: the app in which the token contract is deployed. */
  readonly appId?: string | undefined;
  /** `SPYDRA_API_KEY`. A function is called at the first request and again after a 401: for rotation or a vault. */
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  /**
   * The enrollment id that signs. Without it one identity of the organisation signs for all callers, so that no policy can
   * tell them apart by role or attribute.
   */
  readonly identity?: string | undefined;
  /** Default `globalThis.fetch`, read at each call. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Receives what happens with each request. Default: silent. */
  readonly logger?: Logger | undefined;
  /**
   * When writes that overwrite the same balance or supply run one at a time, since a block commits only one of them.
   * `'adaptive'`, the default: after a read conflict; `'always'`; `'never'`.
   */
  readonly writeLocks?: WriteLockMode | undefined;
}

/**
 * The token contract (docs/contract.md) in an app of Spydra's platform, through its documented API
 * `/fabric/<app id>/ledger`. A write resolves when the contract shows it under its idempotency key, whatever the API has
 * responded.
 *
 * @throws ConfigurationError naming all that is missing, wrong or ambiguous.
 * @example
 * ```ts
 * await using spydra = new SpydraClient({
 *   ledger: platformLedger({ membershipId: '63c912fd5902d6c20ac43c89', appId: '63c912fd5902d6c20ac43c8a', apiKey }),
 * });
 * await spydra.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 10_000n }, { idempotencyKey: 'mint-1' });
 * ```
 */
export function platformLedger(options: PlatformLedgerOptions = {}): Ledger {
  const settings = platformSettings(options);
  return contractLedger(new PlatformChain(settings), { writeLocks: settings.writeLocks });
}
