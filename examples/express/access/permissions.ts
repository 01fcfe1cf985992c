/** What a caller is. */
export type Role = 'admin' | 'investor' | 'user';

/** Anybody, without a word about who it is; or callers of these roles alone. */
export type Permission = 'everybody' | readonly Role[];

/** Who may call each route. What does not stand here cannot be mounted. */
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
  // An investor only into a wallet of its own: see own-wallet.ts.
  'POST /tokens/purchase': ['admin', 'investor'],
} as const satisfies Readonly<Record<`${'GET' | 'POST' | 'PUT'} /${string}`, Permission>>;

/** Method and pattern of a route. */
export type RouteName = keyof typeof PERMISSIONS;
