/*
 * Generated from the backend's OpenAPI document by generate-types.ts: npm run types. Do not edit.
 */

/** A number, as the text of its digits: exact, where a float would round it. */
export type Digits = string;

export interface Asset {
  readonly assetId: string;
  readonly name: string;
  readonly symbol: string;
  readonly description: string;
  /** 'real-estate', 'art', 'commodity', 'equipment' or any other text. */
  readonly assetType: string;
  /** US dollars, exact: a float may not hold all of its digits. */
  readonly totalValue: Digits;
  /** Whole tokens that may be in circulation at once, exact beyond 2^53 too. */
  readonly totalSupply: Digits;
  /** US dollars, exact: a float may not hold all of its digits. */
  readonly pricePerToken: Digits;
  /** 'draft', 'published' or any other text. */
  readonly status: string;
  /** ISO 8601. */
  readonly publishedAt?: string;
  /** Free-form data, and fields that the ledger adds. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface FieldProblem {
  readonly field: string;
  /** Completes a sentence that begins with the name of the field. */
  readonly message: string;
}

export interface ChangedAsset {
  readonly assetId: string;
  readonly transactionId: string;
  readonly asset: Asset;
}

export interface Transaction {
  readonly transactionId: string;
  /** 'create', 'update', 'publish', 'mint', 'burn', 'transfer' or any other text. */
  readonly type: string;
  /** 'COMMITTED' or 'CONFIRMED'; 'FAILED'; any other value means that it is pending. */
  readonly status: string;
  readonly assetId?: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly actor?: string;
  /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
  readonly amount?: Digits;
  readonly recipientWallet?: string;
  readonly holderWallet?: string;
  readonly fromWallet?: string;
  readonly toWallet?: string;
  /** Free-form data, and fields that the ledger adds. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The validation code of the ledger, if it failed. */
  readonly error?: string;
}

export interface Holder {
  readonly wallet: string;
  /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
  readonly balance: Digits;
}

export interface Balance {
  readonly assetId: string;
  readonly assetName: string;
  /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
  readonly balance: Digits;
}

/** The bodies of success responses. */
export interface Responses {
  listAssets: {
    readonly success: true;
    readonly data: readonly Asset[];
    readonly count: Digits;
    readonly total: Digits;
    readonly limit: Digits;
    readonly offset: Digits;
  };
  createAsset: {
    readonly success: true;
    readonly data: ChangedAsset;
  };
  getAsset: {
    readonly success: true;
    readonly data: Asset;
  };
  updateAsset: {
    readonly success: true;
    readonly data: ChangedAsset;
  };
  publishAsset: {
    readonly success: true;
    readonly data: ChangedAsset;
  };
  addMetadata: {
    readonly success: true;
    readonly data: {
      readonly metadataId: string;
      readonly assetId: string;
    };
  };
  getAssetHistory: {
    readonly success: true;
    readonly data: readonly Transaction[];
    readonly count: Digits;
  };
  mintTokens: {
    readonly success: true;
    readonly data: {
      readonly transactionId: string;
      readonly assetId: string;
      readonly recipientWallet: string;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly amount: Digits;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly newBalance: Digits;
    };
  };
  burnTokens: {
    readonly success: true;
    readonly data: {
      readonly transactionId: string;
      readonly assetId: string;
      readonly holderWallet: string;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly amount: Digits;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly newBalance: Digits;
    };
  };
  transferTokens: {
    readonly success: true;
    readonly data: {
      readonly transactionId: string;
      readonly assetId: string;
      readonly fromWallet: string;
      readonly toWallet: string;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly amount: Digits;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly fromBalance: Digits;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly toBalance: Digits;
    };
  };
  purchaseTokens: {
    readonly success: true;
    readonly data: {
      readonly transactionId: string;
      readonly assetId: string;
      readonly fromWallet: string;
      readonly toWallet: string;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly amount: Digits;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly fromBalance: Digits;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly toBalance: Digits;
      /** US dollars, exact: a float may not hold all of its digits. */
      readonly purchasePrice: Digits;
      /** US dollars, exact: a float may not hold all of its digits. */
      readonly totalValue: Digits;
    };
  };
  listHolders: {
    readonly success: true;
    readonly data: readonly Holder[];
    readonly count: Digits;
  };
  getSupply: {
    readonly success: true;
    readonly data: {
      readonly assetId: string;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly totalMinted: Digits;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly totalBurned: Digits;
      /** Whole tokens, exact beyond 2^53 too: read it with a parser that keeps all digits. */
      readonly circulatingSupply: Digits;
    };
  };
  getBalance: {
    readonly success: true;
    readonly data: {
      readonly walletId: string;
      readonly balances: readonly Balance[];
      readonly totalAssets: Digits;
    };
  };
  listTransactions: {
    readonly success: true;
    readonly data: readonly Transaction[];
    readonly count: Digits;
    readonly total: Digits;
  };
  findTransaction: {
    readonly success: true;
    readonly data: {
      /** 'failed' and 'not-found' are not final: a request that was sent may still arrive, or be repeated. */
      readonly state: 'committed' | 'pending' | 'failed' | 'not-found';
      readonly transaction?: Transaction;
    };
  };
  getTransaction: {
    readonly success: true;
    readonly data: Transaction;
  };
  getHealth: {
    readonly success: true;
    readonly spydra: {
      readonly healthy: boolean;
      readonly message: string;
    };
  };
}
