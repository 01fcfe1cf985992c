import { SpydraClient } from 'spydra-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contractLedger } from '../../../src/chain/contract-ledger.js';
import { audit } from '../../fabric/audit.js';
import { type Clients, INTERLEAVINGS } from '../../fabric/interleavings.js';
import { type Fate, MemoryChain } from '../../helpers/memory-chain.js';

async function clientsOfMemory(): Promise<Clients & { readonly chain: MemoryChain }> {
  const chain = await MemoryChain.make();
  const retries = { delay: () => 0 };
  const make = () => new SpydraClient({ ledger: contractLedger(chain), retries });
  const clients = { one: make(), other: make() };
  onTestFinished(async () => {
    await Promise.all(Object.values(clients).map((client) => client.close()));
  });
  return { ...clients, chain };
}

describe('on a channel in memory', () => {
  it.each(INTERLEAVINGS)('$title', async ({ run }) => run(await clientsOfMemory()));

  it('60 transfers of which most transactions are lost or not seen are applied exactly once', async () => {
    const clients = await clientsOfMemory();
    const fates: readonly Fate[] = ['lost', 'unseen', 'lost', 'unseen', 'ordered'];
    clients.chain.fateOf = (functionName, nth) =>
      functionName === 'TransferTokens' ? (fates[nth % fates.length] ?? 'ordered') : 'ordered';
    const { unknown } = await audit(clients, { writes: 60, deadline: () => 10_000 });
    expect(unknown).toBeGreaterThan(60);
  });
});
