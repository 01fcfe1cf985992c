/** The assets in the request examples, which work on a ledger that has them. */
export interface SampleAssets {
  /** An asset whose tokens can still be minted. */
  readonly assetId: string;
  /** A published asset; `wallet-treasury` has tokens of it. */
  readonly publishedId: string;
}

/** An example of a request. */
export interface Example {
  /** Path parameters. */
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** An example for each route that takes parameters or a body; the wallets are those of the seeded sandbox. */
export function examplesOf({ assetId, publishedId }: SampleAssets): Readonly<Record<string, Example>> {
  const ofPublished = { params: { assetId: publishedId } };
  const ofDraft = { params: { assetId } };
  const ofAlice = { params: { walletId: 'wallet-alice' } };
  const sale = { sellerWallet: 'wallet-treasury', buyerWallet: 'wallet-alice', amount: 4, price: 50 };

  return {
    'POST /assets': {
      body: {
        asset: {
          name: 'Harbour View 12',
          symbol: 'HV12',
          description: 'A flat with two rooms.',
          assetType: 'real-estate',
          totalValue: 525_000,
          totalSupply: 10_000,
          metadata: { rooms: 2 },
        },
        creatorWallet: 'wallet-treasury',
      },
    },
    'GET /assets/:assetId': ofPublished,
    'PUT /assets/:assetId': {
      ...ofPublished,
      body: { updates: { description: 'Forty flats by the harbour, all let.' }, updaterWallet: 'wallet-treasury' },
    },
    'POST /assets/:assetId/publish': { ...ofDraft, body: { publisherWallet: 'wallet-treasury' } },
    'POST /assets/:assetId/metadata': { ...ofPublished, body: { metadata: { deed: 'sha256:4f53cda1' } } },
    'GET /assets/:assetId/history': ofPublished,
    'POST /tokens/mint': { body: { assetId, recipientWallet: 'wallet-treasury', amount: 100 } },
    'POST /tokens/burn': {
      body: { assetId: publishedId, holderWallet: 'wallet-treasury', burnerWallet: 'wallet-treasury', amount: 10 },
    },
    'POST /tokens/transfer': {
      body: { assetId: publishedId, fromWallet: 'wallet-treasury', toWallet: 'wallet-bob', amount: 5 },
    },
    'POST /tokens/purchase': { body: { assetId: publishedId, ...sale, paymentMethod: 'bank-transfer' } },
    'GET /tokens/:assetId/holders': ofPublished,
    'GET /tokens/:assetId/supply': ofPublished,
    'GET /wallets/:walletId/balance': ofAlice,
    'GET /wallets/:walletId/transactions': ofAlice,
  };
}
