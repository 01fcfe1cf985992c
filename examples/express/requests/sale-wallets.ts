import type { RefinementCtx } from 'zod';

/** Each wallet of a sale has two names; older clients use the short ones. */
interface SaleWallets {
  readonly sellerWallet?: string | undefined;
  readonly seller?: string | undefined;
  readonly buyerWallet?: string | undefined;
  readonly buyer?: string | undefined;
}

/** Requires each wallet under one name, or the same value under both, and two different wallets. */
export function checkWallets(sale: SaleWallets, context: RefinementCtx): void {
  const { sellerWallet, seller, buyerWallet, buyer } = sale;
  const refuse = (field: keyof SaleWallets, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  const from = sellerWallet ?? seller;
  const to = buyerWallet ?? buyer;
  if (from === undefined) refuse('sellerWallet', 'is required');
  if (to === undefined) refuse('buyerWallet', 'is required');
  if (seller !== undefined && seller !== from) refuse('seller', 'must be the same as sellerWallet');
  if (buyer !== undefined && buyer !== to) refuse('buyer', 'must be the same as buyerWallet');
  if (from !== undefined && from === to) {
    refuse(buyerWallet === undefined ? 'buyer' : 'buyerWallet', 'must differ from the seller');
  }
}

/** The rule of {@link checkWallets}, as far as JSON Schema can express it. */
export const EITHER_NAME = {
  allOf: [
    { anyOf: [{ required: ['sellerWallet'] }, { required: ['seller'] }] },
    { anyOf: [{ required: ['buyerWallet'] }, { required: ['buyer'] }] },
  ],
};

/** Returns the sale with its wallets under the SDK's names. */
export function withLongNames<Sale extends SaleWallets>(sale: Sale) {
  const { seller = '', buyer = '', sellerWallet = seller, buyerWallet = buyer, ...rest } = sale;
  return { ...rest, sellerWallet, buyerWallet };
}
