import { Router } from 'express';
import type { Logger, SpydraClient } from 'spydra-sdk';
import { errorHandler } from './answers/error-handler.js';
import { Refusal } from './answers/refusal.js';
import { requestId } from './answers/request-id.js';
import { adminRoutes } from './routes/admin-routes.js';
import { publicRoutes } from './routes/public-routes.js';

export interface SpydraRouterOptions {
  /** The key that admin routes ask for as `X-API-Key`. Not Spydra's own. */
  readonly adminApiKey: string;
  /** Told of every answer of 500 and above. Default: the console. */
  readonly logger?: Pick<Logger, 'error'>;
}

/**
 * Spydra behind HTTP routes of your own. Mount it before `express.json()`, which would round large amounts.
 *
 * @throws Error if `adminApiKey` is empty.
 * @example
 * ```ts
 * app.use('/api/spydra', spydraRouter(new SpydraClient(), { adminApiKey }));
 * ```
 */
export function spydraRouter(spydra: SpydraClient, { adminApiKey, logger = console }: SpydraRouterOptions): Router {
  const router = Router();
  router.use(requestId);
  router.use(publicRoutes(spydra));
  router.use(adminRoutes(spydra, adminApiKey));
  router.use(() => {
    throw new Refusal(404, 'NO_SUCH_ROUTE', 'There is no such route.');
  });
  router.use(errorHandler(logger));
  return router;
}
