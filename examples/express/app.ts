import express, { type Express } from 'express';
import type { SpydraClient } from 'spydra-sdk';
import type { Config } from './config.js';
import { spydraRouter } from './router.js';

/** Where the documented routes are. */
export const PATH = '/api/spydra';

/** The whole backend: everything that a request meets, in that order. */
export function createApp(spydra: SpydraClient, config: Config): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.use(PATH, spydraRouter(spydra, { adminApiKey: config.adminApiKeys[0] ?? '' }));
  return app;
}
