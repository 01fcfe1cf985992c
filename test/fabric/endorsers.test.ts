import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pick, seeded, whole } from '../faults/random.js';
import { isMissing } from '../helpers/programs.js';
import { mintOrder, Stage, transferOrder } from './cases/stage.js';
import { startStandIn } from './peer/network.js';

const WALLETS = ['alice', 'Bob', 'émile', 'zoë'] as const;
const ORDERS = 40;

describe.skipIf(isMissing('openssl'))('two endorsers with another clock, time zone and language', () => {
  let stage: Stage;
  beforeAll(async () => {
    const network = await startStandIn({
      mspIds: ['Org1MSP', 'Org2MSP'],
      processes: [
        { environment: { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } },
        {
          environment: { TZ: 'America/St_Johns', LANG: 'C', LC_ALL: 'C' },
          preload: fileURLToPath(new URL('shifted-clock.cjs', import.meta.url)),
        },
      ],
    });
    stage = new Stage(network);
    await stage.configure();
  });
  afterAll(() => stage?.close());

  it('endorse random orders with the same bytes, which neither make tokens nor take more than a wallet has', async () => {
    const assetId = await stage.asset();
    const random = seeded(1);
    const expected = new Map<string, bigint>(WALLETS.map((wallet) => [wallet, 0n]));
    const add = (wallet: string, amount: bigint) => expected.set(wallet, (expected.get(wallet) ?? 0n) + amount);
    for (let n = 0; n < ORDERS; n++) {
      const [from, to, amount] = [pick(random, WALLETS), pick(random, WALLETS), BigInt(whole(random, 1, 20))];
      const isMint = from === to || random() < 0.3;
      const order = isMint ? mintOrder(assetId, to, String(amount)) : transferOrder(assetId, from, to, String(amount));
      // The gateway takes no endorsements that differ: the call would not end.
      const outcome = await stage.client.write('Batch', [
        { function: isMint ? 'MintTokens' : 'TransferTokens', order, key: randomUUID() },
      ]);
      expect(outcome.code).toBe('VALID');
      const isCovered = isMint || (expected.get(from) ?? 0n) >= amount;
      expect(JSON.stringify(outcome.result).includes('INSUFFICIENT_BALANCE')).toBe(!isCovered);
      if (!isCovered) continue;
      add(to, amount);
      if (!isMint) add(from, -amount);
    }
    for (const [wallet, balance] of expected) {
      expect(await stage.client.balance(wallet, assetId)).toBe(String(balance));
    }
  });
});
