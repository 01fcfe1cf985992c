import { SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
import { onTestFinished } from 'vitest';
import { contractLedger } from '../../../src/chain/contract-ledger.js';
import { MemoryChain } from '../../helpers/memory-chain.js';

const FAST = { retries: { limit: 20, delay: () => 0 } };

/** A client of a contract ledger with one asset. */
export async function setUp(options: SpydraClientOptions = {}) {
  const chain = await MemoryChain.make();
  const spydra = new SpydraClient({ ledger: contractLedger(chain), ...FAST, ...options });
  onTestFinished(() => spydra.close());
  const { assetId } = await spydra.assets.create({
    name: 'House',
    symbol: 'HSE',
    description: 'A house',
    assetType: 'real-estate',
    totalValue: '1000000.50',
    totalSupply: 1_000_000n,
    creatorWallet: 'issuer',
  });
  const mint = (recipientWallet: string, amount: bigint, idempotencyKey?: string) =>
    spydra.tokens.mint({ assetId, recipientWallet, amount }, { idempotencyKey });
  const balance = async (walletId: string) =>
    (await spydra.wallets.balance(walletId, { assetId })).balances[0]?.balance ?? 0n;
  chain.transactions.length = 0;
  chain.codes.length = 0;
  chain.blocks.length = 0;
  return { chain, spydra, assetId, mint, balance };
}
