/** The role of a caller. */
export type Role = 'admin' | 'investor' | 'user';

/** Public, without authentication; or the allowed roles. */
export type Permission = 'everybody' | readonly Role[];

/** Who may call each route. A route that is not listed here cannot be mounted. */
export const PERMISSIONS = {
  'GET /health': 'everybody',
  'GET /assets': 'everybody',
  'GET /assets/:assetId': 'everybody',
  'GET /assets/:assetId/history': 'everybody',
  'GET /tokens/:assetId/holders': 'everybody',
  'GET /tokens/:assetId/supply': 'everybody',
  'GET /wallets/:walletId/balance': 'everybody',
  'GET /wallets/:walletId/transactions': 'everybody',

  'POST /assets': ['admin'],
  'PUT /assets/:assetId': ['admin'],
  'POST /assets/:assetId/publish': ['admin'],
  'POST /assets/:assetId/metadata': ['admin'],
  'POST /tokens/mint': ['admin'],
  'POST /tokens/burn': ['admin'],
  'POST /tokens/transfer': ['admin'],
  // An investor only into their own wallet: see own-wallet.ts.
  'POST /tokens/purchase': ['admin', 'investor'],
} as const satisfies Readonly<Record<`${'GET' | 'POST' | 'PUT'} /${string}`, Permission>>;

/** Method and pattern of a route. */
export type RouteName = keyof typeof PERMISSIONS;
