import { Refusal as ContractRefusal } from '../contract/index.js';
import type { Parts } from './parts.js';
import { readOperations } from './read-operations.js';
import { Refusal } from './refusal.js';
import { toRestRefusal } from './rest-refusal.js';
import type { Route } from './router.js';
import { writeOperations } from './write-operations.js';

/**
 * How the sandbox treats idempotency keys: `header` honours the `Idempotency-Key` header and filters transactions by
 * key; `filter` ignores the header; `none` ignores both.
 */
export type IdempotencyMode = 'header' | 'filter' | 'none';

export interface RestV2Options {
  readonly projectId: string;
  readonly networkId: string;
  readonly appId: string;
  readonly assetSchemaId: string;
  readonly idempotency: IdempotencyMode;
}

const NETWORK = 'v2/projects/:projectId/networks/:networkId';
const APP = `${NETWORK}/apps/:appId`;

/** The routes of Spydra REST v2, over the contract and an index of its transactions. */
export function restV2(parts: Parts, options: RestV2Options): Route[] {
  const { assetSchemaId, idempotency } = options;
  const reads = readOperations(parts, { filtersByKey: idempotency !== 'none' });
  const writes = writeOperations(parts, { assetSchemaId, honoursKeys: idempotency === 'header' });
  const routes: Route[] = [
    { method: 'POST', pattern: `${APP}/assets`, operation: writes.createAsset },
    { method: 'GET', pattern: `${APP}/assets`, operation: reads.listAssets },
    { method: 'GET', pattern: `${APP}/assets/:assetId`, operation: reads.getAsset },
    { method: 'PUT', pattern: `${APP}/assets/:assetId`, operation: writes.updateAsset },
    { method: 'POST', pattern: `${APP}/tokens/mint`, operation: writes.mint },
    { method: 'POST', pattern: `${APP}/tokens/burn`, operation: writes.burn },
    { method: 'POST', pattern: `${APP}/tokens/transfer`, operation: writes.transfer },
    { method: 'GET', pattern: `${APP}/balances/:walletId`, operation: reads.getBalances },
    { method: 'POST', pattern: `${APP}/metadata`, operation: writes.createMetadata },
    { method: 'GET', pattern: `${APP}/metadata/:metadataId`, operation: reads.getMetadata },
    { method: 'GET', pattern: `${NETWORK}/transactions`, operation: reads.listTransactions },
    { method: 'GET', pattern: `${NETWORK}/transactions/:transactionId`, operation: reads.getTransaction },
  ];
  return routes.map((route) => inScope(route, options));
}

/** The route below this sandbox's project, network and app. */
function inScope(route: Route, own: RestV2Options): Route {
  return {
    ...route,
    operation: async (call) => {
      for (const scope of ['projectId', 'networkId', 'appId'] as const) {
        const asked = call.params[scope];
        if (asked !== undefined && asked !== own[scope])
          throw new Refusal('NOT_FOUND', `There is no ${scope} ${asked}.`);
      }
      try {
        return await route.operation(call);
      } catch (error) {
        throw error instanceof ContractRefusal ? toRestRefusal(error) : error;
      }
    },
  };
}
