import type { Write } from '../backend/call';
import type { Transaction } from '../backend/types';
import type { Order } from './order';

/** A write of an order. */
export interface Step {
  readonly name: string;
  /** Its idempotency key: the same however often it is sent. */
  readonly idempotencyKey: string;
  /** The write; of an asset that an earlier step creates, its id is known by then. */
  write(assetId: string): Omit<Write, 'idempotencyKey'>;
  /** Whether a transaction on the ledger is this one. */
  isShownBy(transaction: Transaction): boolean;
}

/** The writes of an order, in their sequence. */
export function stepsOf(order: Order): readonly Step[] {
  return rowsOf(order).map(
    ({ name, path, method = 'POST', body, shows }): Step => ({
      name,
      idempotencyKey: `web-${order.id}-${name}`,
      write: (assetId) => ({ method, path: path(encodeURIComponent(assetId)), body: body(assetId) }),
      isShownBy: (transaction) =>
        Object.entries(shows).every(([field, value]) => transaction[field as keyof Shown] === value),
    }),
  );
}

/** The fields of a transaction by which it is recognised. */
type Shown = Pick<
  Transaction,
  'type' | 'assetId' | 'amount' | 'fromWallet' | 'toWallet' | 'recipientWallet' | 'holderWallet'
>;

interface Row {
  readonly name: string;
  readonly method?: Write['method'];
  path(assetId: string): string;
  body(assetId: string): object;
  readonly shows: Partial<Shown>;
}

function rowsOf(order: Order): readonly Row[] {
  switch (order.kind) {
    case 'purchase': {
      const { assetId, amount, price, sellerWallet, buyerWallet } = order;
      const body = { assetId, sellerWallet, buyerWallet, amount, price };
      const shows = { type: 'transfer', assetId, amount, fromWallet: sellerWallet, toWallet: buyerWallet };
      return [{ name: 'purchase', path: () => '/tokens/purchase', body: () => body, shows }];
    }
    case 'offering':
      return offering(order);
    case 'mint': {
      const { assetId, amount, recipientWallet, minterWallet } = order;
      return [mint(amount, recipientWallet, minterWallet, assetId)];
    }
    case 'burn': {
      const { assetId, amount, holderWallet, burnerWallet, reason } = order;
      const body = { assetId, holderWallet, amount, burnerWallet, ...(reason ? { reason } : {}) };
      const shows = { type: 'burn', assetId, amount, holderWallet };
      return [{ name: 'burn', path: () => '/tokens/burn', body: () => body, shows }];
    }
    case 'transfer': {
      const { assetId, amount, fromWallet, toWallet } = order;
      const body = { assetId, fromWallet, toWallet, amount };
      return [
        { name: 'transfer', path: () => '/tokens/transfer', body: () => body, shows: { type: 'transfer', ...body } },
      ];
    }
    case 'update': {
      const { assetId, updates, updaterWallet } = order;
      const body = { updates, updaterWallet };
      const path = () => `/assets/${encodeURIComponent(assetId)}`;
      return [{ name: 'update', method: 'PUT', path, body: () => body, shows: { assetId } }];
    }
    case 'publish':
      return [publish(order.publisherWallet, order.assetId)];
  }
}

function offering({
  asset,
  treasuryWallet,
  isMinted,
  isPublished,
}: Extract<Order, { kind: 'offering' }>): readonly Row[] {
  const body = { asset, creatorWallet: treasuryWallet };
  return [
    { name: 'create', path: () => '/assets', body: () => body, shows: { type: 'create' } },
    ...(isMinted ? [mint(asset.totalSupply, treasuryWallet, treasuryWallet)] : []),
    ...(isPublished ? [publish(treasuryWallet)] : []),
  ];
}

function mint(amount: string, recipientWallet: string, minterWallet: string, known?: string): Row {
  return {
    name: 'mint',
    path: () => '/tokens/mint',
    body: (assetId) => ({ assetId: known ?? assetId, recipientWallet, amount, minterWallet }),
    shows: { type: 'mint', amount, recipientWallet, ...(known ? { assetId: known } : {}) },
  };
}

function publish(publisherWallet: string, known?: string): Row {
  return {
    name: 'publish',
    path: (assetId) => `/assets/${known ? encodeURIComponent(known) : assetId}/publish`,
    body: () => ({ publisherWallet }),
    shows: known ? { assetId: known } : {},
  };
}
