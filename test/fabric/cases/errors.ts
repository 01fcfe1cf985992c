import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { connectAs } from '../test-network.js';
import { Actor, failureOf, refusalIn } from './actor.js';
import type { Case } from './cases.js';
import { mintOrder, transferOrder } from './stage.js';

/** How what cannot be done is reported. */
export const errorCases: readonly Case[] = [
  {
    title: 'a refusal is JSON in the details of an EndorseError, and of a GatewayError if it was evaluated',
    async run(stage) {
      const assetId = await stage.asset();
      const args = [transferOrder(assetId, 'nobody', 'bob', '1'), randomUUID()];
      const endorsed = await failureOf(stage.client.endorse('TransferTokens', ...args));
      expect(endorsed).toMatchObject({ name: 'EndorseError', code: 10 });
      expect(refusalIn(endorsed)).toMatchObject({ code: 'INSUFFICIENT_BALANCE', details: { walletId: 'nobody' } });
      const evaluated = await failureOf(stage.client.evaluate('TransferTokens', ...args));
      expect(evaluated).toMatchObject({ name: 'GatewayError', code: 2 });
      expect(refusalIn(evaluated)).toEqual(refusalIn(endorsed));
    },
  },
  {
    title: 'a function that does not exist is refused by the contract',
    async run(stage) {
      const failure = await failureOf(stage.client.evaluate('Nope'));
      expect(failure).toMatchObject({ name: 'GatewayError', code: 2 });
      expect(refusalIn(failure)).toMatchObject({ code: 'UNKNOWN_FUNCTION' });
    },
  },
  {
    title: 'a rich query is refused without CouchDB',
    async run(stage) {
      const failure = await failureOf(
        stage.client.evaluate('SpydraContract:ReadDataFromQueryString', { selector: {} }, '10', ''),
      );
      expect(failure).toMatchObject({ name: 'GatewayError', code: 2 });
      expect(failure.details[0]).toContain('not supported for leveldb');
    },
  },
  {
    title: 'an unknown chaincode is FAILED_PRECONDITION, evaluated and endorsed',
    async run(stage) {
      const client = connectAs(stage.network, 'client');
      const actor = new Actor(client, stage.network.channel, 'unknown');
      const [evaluated, endorsed] = [await failureOf(actor.evaluate('x')), await failureOf(actor.endorse('x'))];
      expect(evaluated).toMatchObject({ name: 'GatewayError', code: 9, details: [] });
      expect(evaluated.message).toContain(
        `no peers available to evaluate chaincode unknown in channel ${actor.channel}`,
      );
      expect(endorsed).toMatchObject({ name: 'EndorseError', code: 9, details: [] });
      expect(endorsed.message).toContain('No metadata was found for chaincode unknown in channel');
      client.close();
    },
  },
  {
    title: 'an unknown channel is UNAVAILABLE if a call is evaluated, and FAILED_PRECONDITION if it is endorsed',
    async run(stage) {
      const client = connectAs(stage.network, 'client');
      const actor = new Actor(client, 'unknown', stage.network.chaincode);
      const [evaluated, endorsed] = [await failureOf(actor.evaluate('x')), await failureOf(actor.endorse('x'))];
      expect(evaluated).toMatchObject({ name: 'GatewayError', code: 14, details: [] });
      expect(evaluated.message).toContain('failed to get config for channel [unknown]');
      expect(endorsed).toMatchObject({ name: 'EndorseError', code: 9, details: [] });
      client.close();
    },
  },
  {
    title: 'a client under an MSP that is not its own is refused before the chaincode runs',
    async run(stage) {
      const client = connectAs(stage.network, 'client', 'Org9MSP');
      const actor = new Actor(client, stage.network.channel, stage.network.chaincode);
      const [evaluated, endorsed] = [await failureOf(actor.evaluate('Version')), await failureOf(actor.endorse('x'))];
      expect(evaluated).toMatchObject({ name: 'GatewayError', code: 9 });
      expect(endorsed).toMatchObject({ name: 'EndorseError', code: 10 });
      for (const { details } of [evaluated, endorsed]) expect(details[0]).toContain('access denied');
      client.close();
    },
  },
  {
    title: 'a client whose certificate has expired is refused: by the peer, or by the orderer',
    async run(stage) {
      const assetId = await stage.asset();
      const client = connectAs(stage.network, 'expired');
      const actor = new Actor(client, stage.network.channel, stage.network.chaincode);
      const args = ['MintTokens', mintOrder(assetId, 'alice', '3'), randomUUID()] as const;
      const failure = await failureOf(actor.endorseOnce(...args).then((envelope) => envelope.submit()));
      // The gateway of Fabric 2.5 endorses by itself without looking, and other peers refuse.
      expect(failure.code).toBe(10);
      expect([failure.message, ...failure.details].join()).toMatch(/(?:proposal|broadcast) client identity expired/);
      expect(await stage.client.balance('alice', assetId)).toBe('0');
      client.close();
    },
  },
  {
    title: 'a proposal whose transaction is in a block is refused',
    async run(stage) {
      const assetId = await stage.asset();
      const args = [JSON.stringify(mintOrder(assetId, 'alice', '3')), randomUUID()];
      const proposal = stage.client.contract.newProposal('MintTokens', { arguments: args });
      await stage.client.finish(await proposal.endorse());
      const failure = await failureOf(proposal.endorse());
      expect(failure).toMatchObject({ name: 'EndorseError', code: 10 });
      expect(failure.details[0]).toContain(`duplicate transaction found [${proposal.getTransactionId()}]`);
    },
  },
  {
    title: 'an envelope without a valid signature is refused by the orderer',
    async run(stage) {
      const assetId = await stage.asset();
      const envelope = await stage.client.endorse('MintTokens', mintOrder(assetId, 'alice', '3'), randomUUID());
      const forged = stage.client.gateway.newSignedTransaction(envelope.getBytes(), Buffer.from('forged'));
      const failure = await failureOf(forged.submit());
      expect(failure).toMatchObject({ name: 'SubmitError', code: 10, details: [] });
      expect(failure.message).toContain('received unsuccessful response from orderer: status=FORBIDDEN');
      expect(await stage.client.balance('alice', assetId)).toBe('0');
    },
  },
  {
    title: 'a transaction that is larger than any block is refused by the orderer',
    async run(stage) {
      const assetId = await stage.asset();
      // The claim and the record have it too.
      const metadata = { text: 'x'.repeat(4 * 1024 ** 2) };
      const envelope = await stage.client.endorse('CreateMetadata', { assetId, metadata }, randomUUID());
      const failure = await failureOf(envelope.submit());
      expect(failure).toMatchObject({ name: 'SubmitError', code: 10, details: [] });
      expect(failure.message).toContain('received unsuccessful response from orderer: status=BAD_REQUEST');
    },
  },
  {
    title: 'qscc does not know the id of a transaction that is in no block',
    async run(stage) {
      const qscc = stage.client.network.getContract('qscc');
      const id = randomBytes(32).toString('hex');
      const failure = await failureOf(qscc.evaluateTransaction('GetTransactionByID', stage.network.channel, id));
      expect(failure).toMatchObject({ name: 'GatewayError', code: 2 });
      expect(failure.details[0]).toBe(
        `chaincode response 500, Failed to get transaction with id ${id}, error no such transaction ID [${id}] in index`,
      );
    },
  },
];
