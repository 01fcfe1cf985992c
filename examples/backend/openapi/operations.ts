import type { RouteName } from '../access/permissions.js';
import * as requests from '../requests/requests.js';
import * as answers from './answers.js';
import { OF_HEALTH, OF_READS, OF_WRITES } from './failures.js';
import type { Operation } from './operation.js';

const read = { failures: OF_READS };
const write = { failures: OF_WRITES };

/** Every route of the router, as a pattern of Express. */
export const OPERATIONS: Readonly<Record<RouteName, Operation>> = {
  'GET /assets': {
    ...read,
    operationId: 'listAssets',
    tag: 'Assets',
    summary: 'Published assets, in pages',
    request: requests.listAssets,
    success: [200, answers.listOfAssets],
  },
  'POST /assets': {
    ...write,
    operationId: 'createAsset',
    tag: 'Assets',
    summary: 'Create an asset',
    description:
      'A new asset is a draft until it is published. Its price per token is its value divided by its supply.',
    request: requests.createAsset,
    success: [201, answers.assetChanged],
  },
  'GET /assets/:assetId': {
    ...read,
    operationId: 'getAsset',
    tag: 'Assets',
    summary: 'An asset, drafts too',
    request: requests.asset,
    success: [200, answers.oneAsset],
  },
  'PUT /assets/:assetId': {
    ...write,
    operationId: 'updateAsset',
    tag: 'Assets',
    summary: 'Change fields of an asset',
    description: 'Omitted fields keep their values.',
    request: requests.updateAsset,
    success: [200, answers.assetChanged],
  },
  'POST /assets/:assetId/publish': {
    ...write,
    operationId: 'publishAsset',
    tag: 'Assets',
    summary: 'Publish an asset',
    request: requests.publishAsset,
    success: [200, answers.assetChanged],
  },
  'POST /assets/:assetId/metadata': {
    ...write,
    operationId: 'addMetadata',
    tag: 'Assets',
    summary: 'Add a document to an asset',
    request: requests.addMetadata,
    success: [201, answers.metadataAdded],
  },
  'GET /assets/:assetId/history': {
    ...read,
    operationId: 'getAssetHistory',
    tag: 'Assets',
    summary: "An asset's transactions, newest first",
    description: 'At most 10,000.',
    request: requests.asset,
    success: [200, answers.history],
  },
  'POST /tokens/mint': {
    ...write,
    operationId: 'mintTokens',
    tag: 'Tokens',
    summary: 'Mint tokens into a wallet',
    description: "SUPPLY_EXCEEDED if more tokens would be in circulation than the asset's total supply.",
    request: requests.mint,
    success: [201, answers.minted],
  },
  'POST /tokens/burn': {
    ...write,
    operationId: 'burnTokens',
    tag: 'Tokens',
    summary: "Burn a wallet's tokens",
    request: requests.burn,
    success: [200, answers.burned],
  },
  'POST /tokens/transfer': {
    ...write,
    operationId: 'transferTokens',
    tag: 'Tokens',
    summary: 'Move tokens between wallets',
    request: requests.transfer,
    success: [200, answers.transferred],
  },
  'POST /tokens/purchase': {
    ...write,
    operationId: 'purchaseTokens',
    tag: 'Tokens',
    summary: 'Sell tokens from one wallet to another',
    description:
      'Transfers the tokens and records the price; it moves no money. The value is price times amount. An investor may buy tokens of a published asset from its creator or another seller, at its pricePerToken.',
    request: requests.purchase,
    success: [200, answers.sold],
  },
  'GET /tokens/:assetId/holders': {
    ...read,
    operationId: 'listHolders',
    tag: 'Tokens',
    summary: 'Holders of an asset, largest first',
    request: requests.asset,
    success: [200, answers.holders],
  },
  'GET /tokens/:assetId/supply': {
    ...read,
    operationId: 'getSupply',
    tag: 'Tokens',
    summary: 'Minted, burned and circulating tokens',
    request: requests.asset,
    success: [200, answers.supplyOfTokens],
  },
  'GET /wallets/:walletId/balance': {
    ...read,
    operationId: 'getBalance',
    tag: 'Wallets',
    summary: 'Balances of a wallet',
    request: requests.walletBalance,
    success: [200, answers.balancesOfWallet],
  },
  'GET /wallets/:walletId/transactions': {
    ...read,
    operationId: 'listTransactions',
    tag: 'Wallets',
    summary: "A wallet's transactions, newest first, in pages",
    request: requests.walletTransactions,
    success: [200, answers.listOfTransactions],
  },
  'GET /health': {
    operationId: 'getHealth',
    tag: 'Health',
    summary: 'Whether Spydra is available',
    success: [200, answers.healthy],
    failures: OF_HEALTH,
  },
};
