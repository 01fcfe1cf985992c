import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { failureOf } from './actor.js';
import type { Case } from './cases.js';
import { mintOrder } from './stage.js';

/** Whether a call succeeds: a part of the network may still be starting. */
const succeeds = (call: Promise<unknown>) =>
  call.then(
    () => true,
    () => false,
  );

/** What fails while a part of the network is away, and what goes on when it is back. */
export const outageCases: readonly Case[] = [
  {
    title: 'without the orderer a submit is UNAVAILABLE and reads go on; then the same envelope is valid',
    async run(stage) {
      const assetId = await stage.asset();
      const envelope = await stage.client.endorse('MintTokens', mintOrder(assetId, 'alice', '3'), randomUUID());
      await stage.network.nodes.orderer.stop();
      const failure = await failureOf(envelope.submit());
      expect(failure).toMatchObject({ name: 'SubmitError', code: 14 });
      expect(failure.message).toContain('no orderers could successfully process transaction');
      expect(failure.details).toHaveLength(1);
      expect(await stage.client.balance('alice', assetId)).toBe('0');
      await stage.network.nodes.orderer.start();
      await expect.poll(() => succeeds(stage.client.gateway.newTransaction(envelope.getBytes()).submit())).toBe(true);
      expect(await stage.client.statusOf(envelope.getTransactionId())).toBe('VALID');
      expect(await stage.client.balance('alice', assetId)).toBe('3');
    },
  },
  {
    title: 'an envelope that was acknowledged before the orderer died is applied once when it is sent again',
    async run(stage) {
      const assetId = await stage.asset();
      const envelope = await stage.client.endorse('MintTokens', mintOrder(assetId, 'alice', '3'), randomUUID());
      await envelope.submit();
      await stage.network.nodes.orderer.stop();
      await stage.network.nodes.orderer.start();
      await expect.poll(() => succeeds(stage.client.gateway.newTransaction(envelope.getBytes()).submit())).toBe(true);
      expect(await stage.client.statusOf(envelope.getTransactionId())).toBe('VALID');
      await stage.mint(assetId, 'bob', '1');
      expect(await stage.client.balance('alice', assetId)).toBe('3');
    },
  },
  {
    title: 'without the peer a call is UNAVAILABLE; then the status of what was submitted is found by its id',
    async run(stage) {
      const assetId = await stage.asset();
      const envelope = await stage.client.endorse('MintTokens', mintOrder(assetId, 'alice', '3'), randomUUID());
      await envelope.submit();
      await stage.network.nodes.peer.stop();
      expect(await failureOf(stage.client.evaluate('Version'))).toMatchObject({ name: 'GatewayError', code: 14 });
      await stage.network.nodes.peer.start();
      await expect.poll(() => succeeds(stage.client.evaluate('Version'))).toBe(true);
      // Until it has found the peers of others again, endorsing is FAILED_PRECONDITION.
      await expect.poll(() => succeeds(stage.client.endorseOnce('Version'))).toBe(true);
      expect(await stage.client.statusOf(envelope.getTransactionId())).toBe('VALID');
      expect(await stage.client.balance('alice', assetId)).toBe('3');
    },
  },
  {
    title: 'without the chaincode a call is ABORTED; then it goes on, and keys that were used still are',
    async run(stage) {
      const assetId = await stage.asset();
      const [key, order] = [randomUUID(), mintOrder(assetId, 'alice', '3')];
      const { result } = await stage.client.write('MintTokens', order, key);
      await stage.network.nodes.chaincode.stop();
      const [evaluated, endorsed] = [
        await failureOf(stage.client.evaluate('Version')),
        await failureOf(stage.client.endorse('MintTokens', order, key)),
      ];
      expect(evaluated).toMatchObject({ name: 'GatewayError', code: 10 });
      expect(endorsed).toMatchObject({ name: 'EndorseError', code: 10 });
      await stage.network.nodes.chaincode.start();
      await expect.poll(() => succeeds(stage.client.evaluate('Version'))).toBe(true);
      expect((await stage.client.write('MintTokens', order, key)).result).toEqual({ ...result, replayed: true });
      expect(await stage.client.balance('alice', assetId)).toBe('3');
    },
  },
];
