import { assetRoutes } from './assets.js';
import { healthRoutes } from './health.js';
import type { Route } from './route.js';
import { tokenRoutes } from './tokens.js';
import { transactionRoutes } from './transactions.js';
import { walletRoutes } from './wallets.js';

const routes = { ...assetRoutes, ...tokenRoutes, ...walletRoutes, ...transactionRoutes, ...healthRoutes };

/** Method and pattern of a route. */
export type RouteName = keyof typeof routes;

/** Every route of the router, as a pattern of Express. */
export const ROUTES: Readonly<Record<RouteName, Route>> = routes;
