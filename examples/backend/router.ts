import { type RequestHandler, Router } from 'express';
import type { Logger, SpydraClient } from 'spydra-sdk';
import { authenticate, type Credentials } from './access/authenticate.js';
import { guardedRoutes } from './access/guarded-routes.js';
import { errorHandler } from './answers/error-handler.js';
import { noSuchRoute } from './answers/no-such-route.js';
import { requestId } from './answers/request-id.js';
import { nearest } from './did-you-mean.js';
import { adminRoutes } from './routes/admin-routes.js';
import { publicRoutes } from './routes/public-routes.js';
import { runAlone, runLocked, type SharedKeys } from './writes/run-write.js';

export interface SpydraRouterOptions extends Credentials {
  /** Middleware after authentication, for example a rate limit. Default: none. */
  readonly perCaller?: RequestHandler;
  /** Wallets that investors may buy from, besides the creator of the asset. Default: none. */
  readonly sellers?: readonly string[];
  /**
   * Milliseconds after which a write that was sent is in the ledger's lists, or never will be; as for the client.
   * Default 60,000.
   */
  readonly uncertaintyWindow?: number;
  /** Idempotency keys shared with other instances. Default: this process is the only one. */
  readonly sharedKeys?: SharedKeys | undefined;
  /** Logs every response of 500 and above. Default: the console. */
  readonly logger?: Pick<Logger, 'error'>;
}

/** The SDK's own default. */
const UNCERTAINTY_WINDOW = 60_000;

/**
 * Returns HTTP routes for Spydra. Mount it before `express.json()`, which would round large amounts.
 *
 * @throws Error if `adminApiKey` is empty or cannot be sent in a header, or for an unknown option.
 * @example
 * ```ts
 * app.use('/api/spydra', spydraRouter(new SpydraClient(), { adminApiKey }));
 * ```
 */
export function spydraRouter(spydra: SpydraClient, options: SpydraRouterOptions): Router {
  refuseUnknown(options);
  const { perCaller, sellers = [], uncertaintyWindow = UNCERTAINTY_WINDOW, sharedKeys, logger = console } = options;
  const router = Router();
  const mount = guardedRoutes(router, [authenticate(options), ...(perCaller ? [perCaller] : [])]);
  router.use(requestId);
  publicRoutes(mount, spydra);
  const run = sharedKeys ? runLocked(spydra, sharedKeys) : runAlone(uncertaintyWindow);
  adminRoutes(mount, spydra, { run, sellers });
  router.use(noSuchRoute);
  router.use(errorHandler(logger));
  return router;
}

const OPTIONS: Readonly<Record<keyof SpydraRouterOptions, true>> = {
  adminApiKey: true,
  tokens: true,
  perCaller: true,
  sellers: true,
  uncertaintyWindow: true,
  sharedKeys: true,
  logger: true,
};

function refuseUnknown(options: SpydraRouterOptions): void {
  const known = Object.keys(OPTIONS);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new Error(`spydraRouter has no option ${name}${meant === undefined ? '' : `: did you mean ${meant}?`}`);
  }
}
