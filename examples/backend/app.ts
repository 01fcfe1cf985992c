import type { RequestListener } from 'node:http';
import express from 'express';
import helmet from 'helmet';
import type { SpydraClient } from 'spydra-sdk';
import { errorHandler, noSuchRoute, requestId, type SampleAssets, spydraRouter } from '../express/index.js';
import { allowedOrigins } from './access/allowed-origins.js';
import { guardsOf } from './access/guards.js';
import type { Config } from './config.js';
import { Feed } from './events/feed.js';
import { eventRoutes } from './events/routes.js';
import { forwardedAddresses } from './limits/forwarded-addresses.js';
import { type Limits, openLimits } from './limits/limits.js';
import { requestTime, timeIsOver } from './limits/request-time.js';
import { contractRoutes } from './openapi/contract-routes.js';
import { unreadable, withEveryTarget } from './serving/unreadable.js';
import { probes } from './watching/probes.js';
import { requestLog } from './watching/request-log.js';
import { type Watching, watch } from './watching/watch.js';
import type { SharedKeys } from './writes/run-write.js';
import { writeHook } from './writes/write-hook.js';

/** Where the documented routes are mounted. */
export const PATH = '/api/spydra';

/** Dependencies of a backend besides its ledger. It does not close them. */
export interface Parts {
  readonly watching?: Watching;
  readonly limits?: Limits;
  /** Default: one that ends with the client. */
  readonly feed?: Pick<Feed, 'open'>;
  /** Undefined: this process is the only one that writes under an idempotency key. */
  readonly sharedKeys?: SharedKeys | undefined;
  /** Assets for the examples in the contract. */
  readonly sample?: SampleAssets | undefined;
}

/** The backend: its middleware and routes, in the order in which a request passes them. */
export function createApp(spydra: SpydraClient, config: Config, parts: Parts = {}): RequestListener {
  const { watching = watch(config), sample, sharedKeys } = parts;
  const { log, metrics, readiness } = watching;
  const { perAddress, perCaller } = parts.limits ?? openLimits(config, log);
  const { adminApiKeys: adminApiKey, tokens, sellerWallets: sellers, uncertaintyWindow } = config;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.use(forwardedAddresses);
  app.use(probes(readiness, metrics));
  app.use(requestId);
  app.use(requestLog(log));
  app.use(metrics.http);
  app.use(helmet());
  app.use(PATH, allowedOrigins(config.corsOrigins));
  app.use(contractRoutes(PATH, sample));
  app.use(unreadable(perAddress));
  app.use(PATH, perAddress);
  app.use(PATH, requestTime(config.requestTimeout));
  const guards = guardsOf({ adminApiKey, tokens }, perCaller);
  const { feed = new Feed(spydra, log) } = parts;
  app.use(PATH, eventRoutes({ feed, guards: guards.listener, perCaller: config.limits.listenersPerCaller }));
  const write = writeHook(spydra, { sellers, uncertaintyWindow, sharedKeys });
  app.use(PATH, spydraRouter(spydra, { guards, write, signal: timeIsOver, logger: log }));
  app.use(noSuchRoute);
  app.use(errorHandler(log));
  return withEveryTarget(app);
}
