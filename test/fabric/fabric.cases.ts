import { afterAll, beforeAll, describe, it } from 'vitest';
import { CASES } from './cases/cases.js';
import { Stage } from './cases/stage.js';
import { startFabric } from './network.js';

describe('on Fabric', () => {
  let stage: Stage;
  beforeAll(async () => {
    const network = await startFabric(process.env.FABRIC_HOME ?? '');
    process.stderr.write(`Fabric ${network.version}\n`);
    stage = new Stage(network);
    await stage.configure();
  });
  afterAll(() => stage?.close());

  it.each(CASES)('$title', ({ run }) => run(stage));
});
