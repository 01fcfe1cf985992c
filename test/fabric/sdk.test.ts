import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isMissing } from '../helpers/programs.js';
import { audit } from './audit.js';
import { Stage } from './cases/stage.js';
import { assetOf, INTERLEAVINGS } from './interleavings.js';
import { type StandInNetwork, startStandIn } from './peer/network.js';
import { clientOn, sdkOn } from './sdk.js';

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
