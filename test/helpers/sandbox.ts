import type { SpydraClient, SpydraClientOptions } from 'spydra-sdk';
import { createSandbox, type Sandbox, type SandboxOptions } from 'spydra-sdk/sandbox';
import { onTestFinished } from 'vitest';
import { testClient } from './client.js';
import { FLAT } from './flat.js';

/** A sandbox and a client of it, closed when the test is over. */
export function sandboxed(options: SandboxOptions = {}, client: SpydraClientOptions = {}) {
  const sandbox: Sandbox = createSandbox(options);
  onTestFinished(() => sandbox.close());
  const spydra: SpydraClient = testClient({ ...sandbox.connection(), ...client });
  return { sandbox, spydra };
}

/** An asset with so many tokens in the treasury. */
export async function minted(spydra: SpydraClient, amount: bigint, totalSupply = amount): Promise<string> {
  const { assetId } = await spydra.assets.create({ ...FLAT, totalSupply });
  await spydra.tokens.mint({ assetId, recipientWallet: 'treasury', amount });
  return assetId;
}
