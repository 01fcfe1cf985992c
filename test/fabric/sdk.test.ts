import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMissing } from '../helpers/programs.js';
import { audit } from './audit.js';
import { Stage } from './cases/stage.js';
import { INTERLEAVINGS } from './interleavings.js';
import { type StandInNetwork, startStandIn } from './peer/network.js';
import { sdkOn } from './sdk.js';

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
});
