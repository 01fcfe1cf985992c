import express, { type Express } from 'express';
import type { SpydraClient } from 'spydra-sdk';
import { requestId } from './answers/request-id.js';
import type { Config } from './config.js';
import { contractRoutes } from './openapi/contract-routes.js';
import type { SampleAssets } from './openapi/examples.js';
import { spydraRouter } from './router.js';
import { probes } from './watching/probes.js';
import { requestLog } from './watching/request-log.js';
import { type Watching, watch } from './watching/watch.js';

/** Where the documented routes are. */
export const PATH = '/api/spydra';

/** What a backend is made of besides its ledger; whoever opens limits for it closes them. */
export interface Parts {
  readonly watching?: Watching;
  /** What the contract's examples speak of. */
  readonly sample?: SampleAssets | undefined;
}

/** The whole backend: everything that a request meets, in that order. */
export function createApp(spydra: SpydraClient, config: Config, parts: Parts = {}): Express {
  const { watching: { log, metrics, readiness } = watch(config), sample } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.use(probes(readiness, metrics));
  app.use(requestId);
  app.use(requestLog(log));
  app.use(metrics.http);
  app.use(contractRoutes(PATH, sample));
  app.use(PATH, spydraRouter(spydra, { adminApiKey: config.adminApiKeys[0] ?? '', logger: log }));
  return app;
}
