import { describe, expect, it } from 'vitest';
import { testClient } from '../../../test/helpers/client.js';
import { minted, sandboxed } from '../../../test/helpers/sandbox.js';
import { lookUp } from '../look-up.js';

/** A row whose transfer got no response, on a ledger where it may be applied for so many milliseconds. */
async function unanswered(uncertaintyWindow: number) {
  const { sandbox, spydra } = sandboxed({ idempotency: 'filter' });
  const assetId = await minted(spydra, 100n);
  const row = { line: 2, wallet: 'alice', amount: 5n };
  const command = { file: 'rows.csv', assetId, from: 'treasury', batch: 'dividend-1', concurrency: 16 };
  const look = () =>
    lookUp(
      testClient({ ...sandbox.connection(), uncertaintyWindow }),
      [{ row, fate: 'unknown', idempotencyKey: 'dividend-1#alice', mayBeApplied: true }],
      command,
    );
  const deliver = () =>
    spydra.tokens.transfer(
      { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 5n },
      { idempotencyKey: 'dividend-1#alice' },
    );
  return { look, deliver };
}

describe('a row whose transfer got no response', () => {
  it('is searched for until it can no longer be applied, so that the next run does not pay it twice', async () => {
    const { look } = await unanswered(1_500);
    const began = performance.now();
    expect(await look()).toMatchObject([{ fate: 'not done' }]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_499);
  });

  it('is done if it arrives meanwhile', async () => {
    const { look, deliver } = await unanswered(60_000);
    const looking = look();
    await deliver();
    expect(await looking).toMatchObject([{ fate: 'done' }]);
  });
});
