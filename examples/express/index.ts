export { apiKeys, requireApiKey } from './api-key.js';
export { nearest } from './did-you-mean.js';
export { errorHandler } from './responses/error-handler.js';
export { noSuchRoute } from './responses/no-such-route.js';
export { Refusal, type RefusalOptions } from './responses/refusal.js';
export { requestId, requestIdOf } from './responses/request-id.js';
export { type RunWrite, type Send, type SpydraRouterOptions, spydraRouter, type WriteRequest } from './router.js';
export { ROUTES, type RouteName } from './routes/index.js';
export type { Example, Role, Route, SampleAssets } from './routes/route.js';
