import { quantity } from './amounts.js';
import { credit, debit, settle } from './balances.js';
import { metadata as anyMetadata, id, object, optional } from './fields.js';
import { Refusal } from './refusal.js';
import { putSupply, requireSupply, supplyResult } from './supply.js';
import { writeFunction } from './write-function.js';

const metadata = optional(anyMetadata);
const mintOrder = object({ assetId: id, minterWallet: id, recipientWallet: id, amount: quantity, metadata });
const burnOrder = object({ assetId: id, burnerWallet: id, holderWallet: id, amount: quantity, metadata });
const transferOrder = object({ assetId: id, fromWallet: id, toWallet: id, amount: quantity, metadata });
const sweepOrder = object({ assetId: id, walletId: id });

/** Brings new tokens into circulation, at most up to the asset's total supply. */
export const mintTokens = writeFunction(
  mintOrder,
  (access) => access.require('mint'),
  async (tx, { minterWallet: actor, ...order }) => {
    const { assetId, recipientWallet: walletId, amount } = order;
    const before = await requireSupply(tx, assetId);
    const supply = { ...before, minted: before.minted + BigInt(amount) };
    putSupply(tx, assetId, supply);
    credit(tx, { assetId, walletId }, BigInt(amount));
    const record = { ...order, type: 'mint', actor };
    return { event: 'TokensMinted', record, result: { assetId, amount, supply: supplyResult(supply) } };
  },
);

/** Takes tokens out of circulation. What is burned may be minted again: the total supply bounds what circulates. */
export const burnTokens = writeFunction(
  burnOrder,
  (access, { holderWallet }) => {
    access.require('burn');
    access.requireDebit(holderWallet);
  },
  async (tx, { burnerWallet: actor, ...order }, hints) => {
    const { assetId, holderWallet: walletId, amount } = order;
    const before = await requireSupply(tx, assetId);
    const settledBalance = await debit(tx, { assetId, walletId }, BigInt(amount), hints);
    const supply = { ...before, burned: before.burned + BigInt(amount) };
    putSupply(tx, assetId, supply);
    const result = { assetId, amount, settledBalance: settledBalance.toString(), supply: supplyResult(supply) };
    return { event: 'TokensBurned', record: { ...order, type: 'burn', actor }, result };
  },
);

/** Moves tokens between two different wallets. */
export const transferTokens = writeFunction(
  transferOrder,
  (access, { fromWallet }) => access.requireDebit(fromWallet),
  async (tx, order, hints) => {
    const { assetId, fromWallet, toWallet, amount } = order;
    if (fromWallet === toWallet) {
      const message = 'must not be the wallet that the tokens come from';
      throw new Refusal('INVALID_REQUEST', 'A transfer needs two different wallets.', [{ field: 'toWallet', message }]);
    }
    const settledBalance = await debit(tx, { assetId, walletId: fromWallet }, BigInt(amount), hints);
    credit(tx, { assetId, walletId: toWallet }, BigInt(amount));
    const record = { ...order, type: 'transfer', actor: fromWallet };
    return {
      event: 'TokensTransferred',
      record,
      result: { assetId, amount, settledBalance: settledBalance.toString() },
    };
  },
);

/** Compacts a wallet: moves credits into the settled balance, as many as a transaction takes. Nobody's tokens change. */
export const sweepCredits = writeFunction(
  sweepOrder,
  (access, { walletId }) => access.requireDebit(walletId),
  async (tx, order, hints) => {
    const { assetId, walletId: holderWallet } = order;
    const result = await settle(tx, order, hints);
    return { event: 'CreditsSwept', record: { type: 'sweep', assetId, holderWallet }, result };
  },
);
