import { dollars, grouped, times } from '../lib/decimal';
import type { Order } from '../server/orders/order';

/** An order in a few words. */
export function titleOf(order: Order): string {
  switch (order.kind) {
    case 'purchase':
      return `purchase of ${grouped(order.amount)} tokens of ${order.assetName}`;
    case 'offering':
      return `new asset ${order.asset.name}`;
    case 'mint':
      return `mint of ${grouped(order.amount)} tokens of ${order.assetName}`;
    case 'burn':
      return `burn of ${grouped(order.amount)} tokens of ${order.assetName}`;
    case 'transfer':
      return `transfer of ${grouped(order.amount)} tokens of ${order.assetName}`;
    case 'update':
      return `update of ${order.assetName}`;
    case 'publish':
      return `publication of ${order.assetName}`;
  }
}

/** What an order says, line by line. */
export function linesOf(order: Order): readonly (readonly [label: string, value: string])[] {
  switch (order.kind) {
    case 'purchase':
      return [
        ['Asset', order.assetName],
        ['Tokens', grouped(order.amount)],
        ['Price per token', dollars(order.price)],
        ['Total', dollars(times(order.price, order.amount))],
        ['Into your wallet', order.buyerWallet],
      ];
    case 'offering':
      return [
        ['Name', `${order.asset.name} (${order.asset.symbol})`],
        ['Type', order.asset.assetType],
        ['Total value', dollars(order.asset.totalValue)],
        ['Total supply', grouped(order.asset.totalSupply)],
        ['Into the treasury', order.isMinted ? 'all tokens are minted' : 'nothing is minted yet'],
        ['Then', order.isPublished ? 'it is published' : 'it stays a draft'],
      ];
    case 'mint':
      return [...ofTokens(order), ['Into wallet', order.recipientWallet]];
    case 'burn':
      return [...ofTokens(order), ['From wallet', order.holderWallet], ['Reason', order.reason || 'none']];
    case 'transfer':
      return [...ofTokens(order), ['From wallet', order.fromWallet], ['To wallet', order.toWallet]];
    case 'update':
      return [['Asset', order.assetName], ...Object.entries(order.updates)];
    case 'publish':
      return [['Asset', order.assetName]];
  }
}

function ofTokens({ assetName, amount }: { readonly assetName: string; readonly amount: string }) {
  return [
    ['Asset', assetName],
    ['Tokens', grouped(amount)],
  ] as const;
}

/** What each write is called, before it is done and after. */
export const STEP_TITLES: Readonly<Record<string, readonly [before: string, after: string]>> = {
  purchase: ['Buy the tokens', 'Tokens bought'],
  create: ['Create the asset', 'Asset created'],
  mint: ['Mint the tokens', 'Tokens minted'],
  burn: ['Burn the tokens', 'Tokens burned'],
  transfer: ['Transfer the tokens', 'Tokens transferred'],
  update: ['Update the asset', 'Asset updated'],
  publish: ['Publish the asset', 'Asset published'],
};

/** The sentence when all is done. */
export function doneSentence(order: Order): string {
  if (order.kind === 'offering') return order.isPublished ? 'Asset ready for investment' : 'Asset created';
  if (order.kind === 'purchase') return 'Purchase successful';
  return STEP_TITLES[order.kind]?.[1] ?? 'Done';
}
