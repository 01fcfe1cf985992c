import express, { type Express } from 'express';
import helmet from 'helmet';
import type { SpydraClient } from 'spydra-sdk';
import { allowedOrigins } from './access/allowed-origins.js';
import { errorHandler } from './answers/error-handler.js';
import { noSuchRoute } from './answers/no-such-route.js';
import { requestId } from './answers/request-id.js';
import type { Config } from './config.js';
import { openLimits } from './limits/limits.js';
import { requestTime } from './limits/request-time.js';
import { spydraRouter } from './router.js';

/** Where the documented routes are. */
export const PATH = '/api/spydra';

/** The whole backend: everything that a request meets, in that order. Who opens limits for it closes them. */
export function createApp(spydra: SpydraClient, config: Config, limits = openLimits(config)): Express {
  const { adminApiKeys: adminApiKey, tokens } = config;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.use(requestId);
  app.use(helmet());
  app.use(PATH, allowedOrigins(config.corsOrigins));
  app.use(PATH, limits.perAddress);
  app.use(PATH, requestTime(config.requestTimeout));
  app.use(PATH, spydraRouter(spydra, { adminApiKey, tokens, perCaller: limits.perCaller }));
  app.use(noSuchRoute);
  app.use(errorHandler(console));
  return app;
}
