import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { failureOf, refusalIn, tally } from './actor.js';
import type { Case } from './cases.js';
import { mintOrder, transferOrder } from './stage.js';

/** Every write once under its key. */
export const claimCases: readonly Case[] = [
  {
    title: 'of twenty calls under one key, endorsed at once for two identities, one is valid',
    async run(stage) {
      const assetId = await stage.asset();
      const [key, order] = [randomUUID(), mintOrder(assetId, 'alice', '7')];
      const actors = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? stage.client : stage.otherClient));
      const endorsed = await Promise.all(
        actors.map(async (actor) => ({ actor, transaction: await actor.endorse('MintTokens', order, key) })),
      );
      const outcomes = await Promise.all(endorsed.map(({ actor, transaction }) => actor.finish(transaction)));
      expect(tally(outcomes.map(({ code }) => code))).toEqual({ VALID: 1, MVCC_READ_CONFLICT: 19 });
      expect(await stage.client.balance('alice', assetId)).toBe('7');
    },
  },
  {
    title: 'a call that is repeated later is replayed at endorsement, for another identity too',
    async run(stage) {
      const assetId = await stage.asset();
      const [key, order] = [randomUUID(), mintOrder(assetId, 'alice', '7')];
      const first = await stage.client.write('MintTokens', order, key);
      const again = JSON.parse(
        Buffer.from((await stage.otherClient.endorse('MintTokens', order, key)).getResult()).toString(),
      );
      expect(again).toEqual({ ...first.result, replayed: true });
      // To submit it all the same changes nothing.
      expect(await stage.client.write('MintTokens', order, key)).toMatchObject({ code: 'VALID', result: again });
      expect(await stage.client.balance('alice', assetId)).toBe('7');
    },
  },
  {
    title: 'another call under a used key is refused at endorsement with the first transaction id',
    async run(stage) {
      const assetId = await stage.asset();
      const key = randomUUID();
      const { transactionId } = await stage.client.write('MintTokens', mintOrder(assetId, 'alice', '7'), key);
      const failure = await failureOf(stage.client.endorse('MintTokens', mintOrder(assetId, 'alice', '8'), key));
      expect(failure).toMatchObject({ name: 'EndorseError', code: 10 });
      expect(refusalIn(failure)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', details: { transactionId } });
    },
  },
  {
    title:
      'one envelope that is submitted five times at once and once later is applied once, and its status stays valid',
    async run(stage) {
      const assetId = await stage.asset();
      const envelope = (
        await stage.client.endorse('MintTokens', mintOrder(assetId, 'alice', '5'), randomUUID())
      ).getBytes();
      const codes = await Promise.all(Array.from({ length: 5 }, () => stage.client.resend(envelope)));
      codes.push(await stage.client.resend(envelope));
      expect(tally(codes)).toEqual({ VALID: 6 });
      // A later block: all copies are in blocks now.
      await stage.mint(assetId, 'bob', '1');
      expect(await stage.client.balance('alice', assetId)).toBe('5');
    },
  },
  {
    title: 'an envelope that is held while another one commits under its key conflicts, however late it arrives',
    async run(stage) {
      const assetId = await stage.asset();
      const [key, order] = [randomUUID(), mintOrder(assetId, 'alice', '3')];
      const held = await stage.client.endorse('MintTokens', order, key);
      expect((await stage.otherClient.write('MintTokens', order, key)).code).toBe('VALID');
      await stage.mint(assetId, 'bob', '1');
      expect((await stage.client.finish(held)).code).toBe('MVCC_READ_CONFLICT');
      expect(await stage.client.balance('alice', assetId)).toBe('3');
    },
  },
  {
    title: 'an envelope that is held while its key is voided conflicts',
    async run(stage) {
      const assetId = await stage.asset();
      const key = randomUUID();
      const held = await stage.client.endorse('MintTokens', mintOrder(assetId, 'alice', '3'), key);
      expect(await stage.client.write('Void', key)).toMatchObject({ code: 'VALID', result: { state: 'void' } });
      expect((await stage.client.finish(held)).code).toBe('MVCC_READ_CONFLICT');
      expect(await stage.client.balance('alice', assetId)).toBe('0');
      expect(await stage.client.evaluate('Claim', key)).toMatchObject({ state: 'void' });
    },
  },
  {
    title: 'a void that is held while a write commits under its key conflicts, and later ones find the write',
    async run(stage) {
      const assetId = await stage.asset();
      const [key, order] = [randomUUID(), mintOrder(assetId, 'alice', '3')];
      const held = await stage.otherClient.endorse('Void', key);
      const { transactionId } = await stage.client.write('MintTokens', order, key);
      expect((await stage.otherClient.finish(held)).code).toBe('MVCC_READ_CONFLICT');
      expect(await stage.client.balance('alice', assetId)).toBe('3');
      const applied = { state: 'applied', transactionId };
      expect(await stage.client.evaluate('Claim', key)).toMatchObject(applied);
      expect((await stage.otherClient.write('Void', key)).result).toMatchObject(applied);
    },
  },
  {
    title: 'of a void and a write that are submitted at once, one is valid, and the balance follows it',
    async run(stage) {
      const assetId = await stage.asset();
      const wallets = Array.from({ length: 8 }, (_, n) => `wallet-${n}`);
      for (const wallet of wallets) await stage.mint(assetId, wallet, '3');
      const race = async (wallet: string, n: number) => {
        const key = randomUUID();
        const order = transferOrder(assetId, wallet, 'shop', '3');
        const write = await stage.client.endorse('TransferTokens', order, key);
        const voiding = await stage.otherClient.endorse('Void', key);
        const submits = [() => stage.client.finish(write), () => stage.otherClient.finish(voiding)];
        const ends = await Promise.all((n % 2 ? submits : submits.toReversed()).map((submit) => submit()));
        expect(ends.map(({ code }) => code).toSorted()).toEqual(['MVCC_READ_CONFLICT', 'VALID']);
        const { state, transactionId } = await stage.client.evaluate('Claim', key);
        expect(ends.find(({ code }) => code === 'VALID')?.transactionId).toBe(transactionId);
        expect(await stage.client.balance(wallet, assetId)).toBe(state === 'applied' ? '0' : '3');
      };
      await Promise.all(wallets.map(race));
    },
  },
];
