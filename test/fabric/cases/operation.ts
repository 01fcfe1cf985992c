import { randomUUID } from 'node:crypto';
import { checkpointers } from '@hyperledger/fabric-gateway';
import { peer } from '@hyperledger/fabric-protos';
import { expect } from 'vitest';
import { type Actor, nameOf } from './actor.js';
import type { Case } from './cases.js';
import { mintOrder } from './stage.js';

/** What the network knows of a transaction, by its id alone. */
async function transactionById(actor: Actor, transactionId: string) {
  const bytes = await actor.network
    .getContract('qscc')
    .evaluateTransaction('GetTransactionByID', actor.channel, transactionId);
  return peer.ProcessedTransaction.deserializeBinary(bytes);
}

/** What an operator sees. */
export const operationCases: readonly Case[] = [
  {
    title: 'the contract evaluates',
    async run(stage) {
      expect(await stage.client.evaluate('Version')).toMatchObject({ adminMsp: 'Org1MSP' });
      expect(await stage.client.evaluate('TokenContract:Version')).toMatchObject({ adminMsp: 'Org1MSP' });
    },
  },
  {
    title: 'the status of a transaction is found by its id, and of a failed one too',
    async run(stage) {
      const assetId = await stage.asset();
      const [key, order] = [randomUUID(), mintOrder(assetId, 'alice', '3')];
      const held = await stage.client.endorse('MintTokens', order, key);
      const { transactionId } = await stage.client.write('MintTokens', order, key);
      await stage.client.finish(held);
      expect(await stage.client.statusOf(transactionId)).toBe('VALID');
      expect(await stage.client.statusOf(held.getTransactionId())).toBe('MVCC_READ_CONFLICT');
      const failed = await transactionById(stage.client, held.getTransactionId());
      expect(nameOf(failed.getValidationcode())).toBe('MVCC_READ_CONFLICT');
      expect(failed.getTransactionenvelope()?.getPayload_asU8().length).toBeGreaterThan(0);
    },
  },
  {
    title: 'events are those of valid transactions, and go on after a checkpoint',
    async run(stage) {
      const assetId = await stage.asset();
      const [key, order] = [randomUUID(), mintOrder(assetId, 'alice', '3')];
      const held = await stage.client.endorse('MintTokens', order, key);
      const first = await stage.client.write('MintTokens', order, key);
      await stage.client.finish(held);
      const second = await stage.client.write('MintTokens', order, randomUUID());

      const checkpointer = checkpointers.inMemory();
      const { network, chaincode } = stage.client;
      const seen: string[] = [];
      for await (const event of await network.getChaincodeEvents(chaincode, { startBlock: first.blockNumber })) {
        seen.push(event.transactionId);
        if (event.transactionId === first.transactionId) {
          expect(event.eventName).toBe('TokensMinted');
          expect(JSON.parse(Buffer.from(event.payload).toString()).records).toMatchObject([{ amount: '3', assetId }]);
          await checkpointer.checkpointChaincodeEvent(event);
        }
        if (event.transactionId === second.transactionId) break;
      }
      expect(seen).toContain(first.transactionId);
      expect(seen).not.toContain(held.getTransactionId());

      for await (const event of await network.getChaincodeEvents(chaincode, { checkpoint: checkpointer })) {
        expect(event.transactionId).toBe(second.transactionId);
        break;
      }
    },
  },
];
