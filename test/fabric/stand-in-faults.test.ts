import { randomUUID } from 'node:crypto';
import type { Transaction } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isMissing } from '../helpers/programs.js';
import { failureOf, refusalIn } from './cases/actor.js';
import { mintOrder, Stage } from './cases/stage.js';
import { type StandInNetwork, startStandIn } from './peer/network.js';

const lacksOpenssl = isMissing('openssl');

describe.skipIf(lacksOpenssl)('the stand-in', () => {
  let network: StandInNetwork;
  let stage: Stage;
  let assetId: string;
  beforeAll(async () => {
    network = await startStandIn();
    stage = new Stage(network);
    await stage.configure();
  });
  afterAll(() => stage?.close());
  beforeEach(async () => {
    assetId = await stage.asset();
  });

  const endorseMint = (amount = '3'): Promise<Transaction> =>
    stage.client.endorse('MintTokens', mintOrder(assetId, 'alice', amount), randomUUID());
  const balance = () => stage.client.balance('alice', assetId);

  it('loses the answer of a submit before the envelope is ordered', async () => {
    const envelope = await endorseMint();
    network.standIn.faults.nextSubmits('lost before ordering');
    expect(await failureOf(envelope.submit())).toMatchObject({ name: 'SubmitError', code: 14 });
    await stage.mint(assetId, 'bob', '1');
    expect(await balance()).toBe('0');
    // The mint in between has changed the supply.
    expect(await stage.client.resend(envelope.getBytes())).toBe('MVCC_READ_CONFLICT');
  });

  it('loses the answer of a submit after the envelope is ordered', async () => {
    const envelope = await endorseMint();
    network.standIn.faults.nextSubmits('lost after ordering');
    expect(await failureOf(envelope.submit())).toMatchObject({ name: 'SubmitError', code: 14 });
    expect(await stage.client.statusOf(envelope.getTransactionId())).toBe('VALID');
    expect(await stage.client.resend(envelope.getBytes())).toBe('VALID');
    expect(await balance()).toBe('3');
  });

  it('holds acknowledged envelopes, and orders them when they are released', async () => {
    const envelope = await endorseMint();
    network.standIn.orderer.hold();
    const commit = await envelope.submit();
    expect(network.standIn.orderer.heldCount).toBe(1);
    expect(await failureOf(commit.getStatus({ deadline: Date.now() }))).toMatchObject({ name: 'CommitStatusError' });
    expect(await balance()).toBe('0');
    network.standIn.orderer.release();
    expect((await commit.getStatus()).successful).toBe(true);
    expect(await balance()).toBe('3');
  });

  it('loses acknowledged envelopes, which are valid when they are sent again', async () => {
    const envelope = await endorseMint();
    network.standIn.orderer.hold();
    await envelope.submit();
    network.standIn.orderer.lose();
    expect(await balance()).toBe('0');
    expect(await stage.client.resend(envelope.getBytes())).toBe('VALID');
    expect(await balance()).toBe('3');
  });

  it('ends a wait for a commit when the peer dies, and knows the status when it is back', async () => {
    const envelope = await endorseMint();
    network.standIn.orderer.hold();
    const commit = await envelope.submit();
    const failure = failureOf(commit.getStatus());
    // The gateway has received the call once it has answered a later one.
    await stage.client.evaluate('Version');
    await network.nodes.peer.stop();
    expect(await failure).toMatchObject({ name: 'CommitStatusError', code: 14 });
    network.standIn.orderer.release();
    await network.nodes.peer.start();
    await expect.poll(() => stage.client.statusOf(envelope.getTransactionId()).catch(() => '')).toBe('VALID');
    expect(await balance()).toBe('3');
  });
});

describe.skipIf(lacksOpenssl)('two organisations on the stand-in', () => {
  let network: StandInNetwork;
  let stage: Stage;
  beforeAll(async () => {
    network = await startStandIn({ mspIds: ['Org1MSP', 'Org2MSP'] });
    stage = new Stage(network);
    await stage.configure();
  });
  afterAll(() => stage?.close());

  it('endorse alike, and do not while one is a block behind', async () => {
    const assetId = await stage.asset();
    const [, second] = network.standIn.channel.endorsers;
    const [key, order] = [randomUUID(), mintOrder(assetId, 'alice', '3')];
    second?.delayBlocks();
    await stage.client.write('MintTokens', order, key);
    // One replays the call, the other one would apply it.
    const failure = await failureOf(stage.client.endorseOnce('MintTokens', order, key));
    expect(failure).toMatchObject({
      name: 'EndorseError',
      code: 10,
      details: ['ProposalResponsePayloads do not match'],
    });
    expect(failure.message).toContain('failed to collect enough transaction endorsements');
    second?.deliverBlocks();
    expect((await stage.client.write('MintTokens', order, key)).result).toMatchObject({ replayed: true });
    expect(await stage.client.balance('alice', assetId)).toBe('3');
  });

  it('disagree while one is a block behind: it refuses what the other one endorses', async () => {
    const [, second] = network.standIn.channel.endorsers;
    second?.delayBlocks();
    const assetId = await stage.asset();
    const args = [mintOrder(assetId, 'alice', '3'), randomUUID()];
    const failure = await failureOf(stage.client.endorseOnce('MintTokens', ...args));
    expect(failure.message).toContain('failed to collect enough transaction endorsements');
    // Not a refusal of the call: the second peer does not know the asset yet.
    expect(refusalIn(failure)).toMatchObject({ code: 'NOT_FOUND' });
    second?.deliverBlocks();
    expect((await stage.client.write('MintTokens', ...args)).code).toBe('VALID');
  });

  it('need both chaincodes', async () => {
    await network.chaincodes[1]?.stop();
    const failure = await failureOf(stage.client.endorseOnce('Version'));
    expect(failure).toMatchObject({ name: 'EndorseError', code: 10 });
    expect(failure.message).toContain('failed to collect enough transaction endorsements');
    expect(await stage.client.evaluate('Version')).toMatchObject({ adminMsp: 'Org1MSP' });
    await network.chaincodes[1]?.start();
  });
});
