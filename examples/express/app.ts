import express, { type Express } from 'express';
import helmet from 'helmet';
import type { SpydraClient } from 'spydra-sdk';
import { allowedOrigins } from './access/allowed-origins.js';
import { errorHandler } from './answers/error-handler.js';
import { noSuchRoute } from './answers/no-such-route.js';
import { requestId } from './answers/request-id.js';
import type { Config } from './config.js';
import { type Limits, openLimits } from './limits/limits.js';
import { requestTime } from './limits/request-time.js';
import { contractRoutes } from './openapi/contract-routes.js';
import type { SampleAssets } from './openapi/examples.js';
import { spydraRouter } from './router.js';
import { probes } from './watching/probes.js';
import { requestLog } from './watching/request-log.js';
import { type Watching, watch } from './watching/watch.js';

/** Where the documented routes are. */
export const PATH = '/api/spydra';

/** What a backend has besides its ledger. Whoever opens limits for it closes them. */
export interface Parts {
  readonly watching?: Watching;
  readonly limits?: Limits;
  /** What the contract's examples speak of. */
  readonly sample?: SampleAssets | undefined;
}

/** The whole backend: everything that a request meets, in that order. */
export function createApp(spydra: SpydraClient, config: Config, parts: Parts = {}): Express {
  const { watching = watch(config), sample } = parts;
  const { log, metrics, readiness } = watching;
  const { perAddress, perCaller } = parts.limits ?? openLimits(config, log);
  const { adminApiKeys: adminApiKey, tokens } = config;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.use(probes(readiness, metrics));
  app.use(requestId);
  app.use(requestLog(log));
  app.use(metrics.http);
  app.use(helmet());
  app.use(PATH, allowedOrigins(config.corsOrigins));
  app.use(contractRoutes(PATH, sample));
  app.use(PATH, perAddress);
  app.use(PATH, requestTime(config.requestTimeout));
  app.use(PATH, spydraRouter(spydra, { adminApiKey, tokens, perCaller, logger: log }));
  app.use(noSuchRoute);
  app.use(errorHandler(log));
  return app;
}
