import express, { type Express } from 'express';
import type { SpydraClient } from 'spydra-sdk';
import { requestId } from './answers/request-id.js';
import type { Config } from './config.js';
import { spydraRouter } from './router.js';
import { probes } from './watching/probes.js';
import { requestLog } from './watching/request-log.js';
import { watch } from './watching/watch.js';

/** Where the documented routes are. */
export const PATH = '/api/spydra';

/** The whole backend: everything that a request meets, in that order. */
export function createApp(spydra: SpydraClient, config: Config, watching = watch(config)): Express {
  const { log, metrics, readiness } = watching;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.use(probes(readiness, metrics));
  app.use(requestId);
  app.use(requestLog(log));
  app.use(metrics.http);
  app.use(PATH, spydraRouter(spydra, { adminApiKey: config.adminApiKeys[0] ?? '', logger: log }));
  return app;
}
