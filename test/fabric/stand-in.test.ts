import { afterAll, beforeAll, describe, it } from 'vitest';
import { isMissing } from '../helpers/programs.js';
import { CASES } from './cases/cases.js';
import { Stage } from './cases/stage.js';
import { startStandIn } from './peer/network.js';

describe.skipIf(isMissing('openssl'))('on the stand-in', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = new Stage(await startStandIn());
    await stage.configure();
  });
  afterAll(() => stage?.close());

  it.each(CASES)('$title', ({ run }) => run(stage));
});
