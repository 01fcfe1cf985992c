import express, { type Express } from 'express';
import type { SpydraClient } from 'spydra-sdk';
import type { Config } from './config.js';
import { contractRoutes } from './openapi/contract-routes.js';
import type { SampleAssets } from './openapi/examples.js';
import { spydraRouter } from './router.js';

/** Where the documented routes are. */
export const PATH = '/api/spydra';

/** The whole backend: everything that a request meets, in that order. The contract's examples speak of the sample. */
export function createApp(spydra: SpydraClient, config: Config, sample?: SampleAssets): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.use(contractRoutes(PATH, sample));
  app.use(PATH, spydraRouter(spydra, { adminApiKey: config.adminApiKeys[0] ?? '' }));
  return app;
}
