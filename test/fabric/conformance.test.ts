import { ledgerConformance } from 'spydra-sdk/ledger-conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { isMissing } from '../helpers/programs.js';
import { Stage } from './cases/stage.js';
import { type StandInNetwork, startStandIn } from './peer/network.js';
import { clientOn, losingClientOn } from './sdk.js';

describe.skipIf(isMissing('openssl')).each([[['Org1MSP']], [['Org1MSP', 'Org2MSP']]])(
  'the token contract as a ledger, on the stand-in with %j',
  (mspIds) => {
    let network: StandInNetwork;
    let stage: Stage;
    beforeAll(async () => {
      network = await startStandIn({ mspIds });
      stage = new Stage(network);
      await stage.configure();
    });
    afterAll(() => stage?.close());

    const cases = ledgerConformance({ open: () => clientOn(network), openLosing: () => losingClientOn(network) });
    it.each(cases)('$name', ({ run }) => run());
  },
);
