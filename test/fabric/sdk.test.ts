import { OutcomeUnknownError, SpydraClient } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isMissing } from '../helpers/programs.js';
import { audit } from './audit.js';
import { Stage } from './cases/stage.js';
import { assetOf, INTERLEAVINGS } from './interleavings.js';
import { type StandInNetwork, startStandIn } from './peer/network.js';
import { type Schedule, systemSchedule } from './peer/orderer.js';
import { clientOn, sdkOn } from './sdk.js';
import { connectAs } from './test-network.js';

describe.skipIf(isMissing('openssl'))('the SDK on the stand-in', () => {
  let network: StandInNetwork;
  let stage: Stage;
  let clients: ReturnType<typeof sdkOn>;
  beforeAll(async () => {
    network = await startStandIn();
    stage = new Stage(network);
    await stage.configure();
    clients = sdkOn(network);
  });
  afterAll(async () => {
    await clients?.close();
    await stage?.close();
  });

  it.each(INTERLEAVINGS)('$title', ({ run }) => run(clients));

  it('20 transfers of which submissions are lost, before ordering or after, are applied exactly once', async () => {
    const faults = ['lost before ordering', 'lost after ordering'] as const;
    network.standIn.faults.nextSubmits(...Array.from({ length: 30 }, (_, n) => faults[n % 2] ?? faults[0]));
    // Growing, so that each of them ends however slow the machine is.
    const { unknown } = await audit(clients, { writes: 20, deadline: (n, attempt) => 30 + (n % 7) + attempt * 150 });
    expect(unknown).toBeGreaterThan(0);
  });

  const document = { text: 'x'.repeat(2_200_000) };

  it('a write whose endorsement is larger than 4 MB, the default limit of gRPC, is applied', async () => {
    const { metadataId } = await clients.one.assets.addMetadata(await assetOf(clients), document);
    expect(await clients.other.assets.getMetadata(metadataId)).toMatchObject(document);
  });

  it('a write whose endorsement is above the limit of the application is refused with what to set', async () => {
    const assetId = await assetOf(clients);
    await using limited = clientOn(network, { channelOptions: { 'grpc.max_receive_message_length': 4 * 1024 ** 2 } });
    const refused = limited.assets.addMetadata(assetId, document, { retries: 0 });
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      retryable: false,
      outcome: 'not-applied',
      message: expect.stringContaining("'grpc.max_receive_message_length': -1"),
    });
  });
});

describe.skipIf(isMissing('openssl'))('the SDK on the stand-in, whose orderer', () => {
  it('cuts a block late, writes once what was unknown when its call ended, and returns it to the next call', async () => {
    let isLate = false;
    const waiting: (() => void)[] = [];
    const schedule: Schedule = (cut) => {
      if (!isLate) return systemSchedule(cut, 0);
      waiting.push(cut);
      return () => {};
    };
    const network = await startStandIn({ blocks: { blockTime: 1_000 }, schedule });
    const stage = new Stage(network);
    onTestFinished(() => stage.close());
    await stage.configure();
    const clients = sdkOn(network);
    onTestFinished(() => clients.close());
    const assetId = await assetOf(clients);
    const mint = (client: SpydraClient, signal?: AbortSignal) =>
      client.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n }, { idempotencyKey: 'order-7', signal });
    const order = vi.spyOn(network.standIn.orderer, 'order');
    isLate = true;
    const controller = new AbortController();
    const first = mint(clients.one, controller.signal).catch((error: unknown) => error);
    await expect.poll(() => order.mock.calls.length).toBe(1);
    controller.abort();
    const unknown = await first;
    expect(unknown).toBeInstanceOf(OutcomeUnknownError);
    expect(await clients.one.transactions.reconcile('order-7')).toMatchObject({ state: 'not-found' });
    const second = mint(clients.other);
    await expect.poll(() => order.mock.calls.length).toBe(2);
    isLate = false;
    for (const cut of waiting) cut();
    const { transactionId } = unknown as OutcomeUnknownError;
    expect(await second).toMatchObject({ transactionId, status: 'committed', newBalance: 7n });
  });

  it('refuses a certificate that expired while the process ran, says so, and a new identity goes on', async () => {
    const network = await startStandIn();
    const stage = new Stage(network);
    onTestFinished(() => stage.close());
    await stage.configure();
    const clients = sdkOn(network);
    onTestFinished(() => clients.close());
    const assetId = await assetOf(clients);
    // With a gateway of its own: the option `connection` refuses the certificate when the process starts.
    const { gateway, close } = connectAs(network, 'expired');
    const ledger = fabricLedger({ gateway, channel: network.channel, chaincode: network.chaincode });
    await using expired = new SpydraClient({ ledger: { ...ledger, close: async () => close() } });
    const mint = (client: SpydraClient) =>
      client.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n }, { idempotencyKey: 'order-7' });
    await expect(mint(expired)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      serverCode: 'IDENTITY_EXPIRED',
      outcome: 'not-applied',
      message: expect.stringContaining('enroll it again'),
    });
    expect(await mint(clients.one)).toMatchObject({ status: 'committed', newBalance: 7n });
  });
});

describe.skipIf(isMissing('openssl'))('the SDK on the stand-in with two organisations', () => {
  it('mints once a second peer that is a block behind, and refuses an asset that it does not know, is there', async () => {
    const network = await startStandIn({ mspIds: ['Org1MSP', 'Org2MSP'] });
    const stage = new Stage(network);
    onTestFinished(() => stage.close());
    await stage.configure();
    const clients = sdkOn(network);
    onTestFinished(() => clients.close());
    const [, second] = network.standIn.channel.endorsers;
    second?.delayBlocks();
    const assetId = await assetOf(clients);
    const endorse = vi.spyOn(second as NonNullable<typeof second>, 'endorse');
    const mint = clients.one.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n }, { retries: 0 });
    const statuses = () =>
      endorse.mock.settledResults.map(({ type, value }) => type === 'fulfilled' && value.response.getStatus());
    await expect.poll(statuses).toContain(500);
    second?.deliverBlocks();
    expect(await mint).toMatchObject({ status: 'committed', newBalance: 7n });
  });
});
