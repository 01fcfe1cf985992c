import { type RequestHandler, Router } from 'express';
import type { Logger, SpydraClient } from 'spydra-sdk';
import { authenticate, type Credentials } from './access/authenticate.js';
import { guardedRoutes } from './access/guarded-routes.js';
import { errorHandler } from './answers/error-handler.js';
import { noSuchRoute } from './answers/no-such-route.js';
import { requestId } from './answers/request-id.js';
import { adminRoutes } from './routes/admin-routes.js';
import { publicRoutes } from './routes/public-routes.js';

export interface SpydraRouterOptions extends Credentials {
  /** Met by requests whose sender is known, for example to count them. Default: none. */
  readonly perCaller?: RequestHandler;
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
export function spydraRouter(spydra: SpydraClient, options: SpydraRouterOptions): Router {
  const { perCaller, logger = console } = options;
  const router = Router();
  const mount = guardedRoutes(router, [authenticate(options), ...(perCaller ? [perCaller] : [])]);
  router.use(requestId);
  publicRoutes(mount, spydra);
  adminRoutes(mount, spydra);
  router.use(noSuchRoute);
  router.use(errorHandler(logger));
  return router;
}
