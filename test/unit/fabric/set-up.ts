import { SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import { onTestFinished, vi } from 'vitest';
import { FakeGateway } from '../../helpers/fake-gateway.js';
import { Channel } from '../contract/harness.js';

/** Advances time until a call has ended. */
export async function ended<T>(call: Promise<T>): Promise<T> {
  let isOver = false;
  const over = call.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  for (let step = 0; step < 10_000 && !isOver; step++) await vi.advanceTimersByTimeAsync(50);
  return over;
}

export const KEYED = { idempotencyKey: 'order-7' };

/** A client of `fabricLedger` over a gateway with faults, and one asset. Its test uses fake timers. */
export async function setUp(options: SpydraClientOptions = {}) {
  const channel = await Channel.configured();
  const assetId = await channel.createAsset();
  const gateway = new FakeGateway(channel);
  const ledger = fabricLedger({ gateway, channel: 'ch', chaincode: 'spydra' });
  const spydra = new SpydraClient({ ledger, ...options });
  onTestFinished(async () => {
    vi.useRealTimers();
    await spydra.close();
  });
  const mint = (more: object = {}) =>
    spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n }, { ...KEYED, ...more });
  return { channel, gateway, spydra, assetId, mint, balance: () => channel.balance(assetId, 'alice') };
}
