import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isMissing } from '../../helpers/programs.js';
import { startStandInProcess } from '../peer/stand-in-process.js';
import { exactlyOnce } from './exactly-once.js';

const WITHOUT_CLAIMS = fileURLToPath(new URL('without-claims.cjs', import.meta.url));

/** A short run; `npm run test:fabric:audit` makes a long one. */
async function audit(options: { readonly writes: number; readonly preload?: string }) {
  const network = await startStandInProcess({ lostSubmits: 0.15, preload: options.preload });
  onTestFinished(() => network.close());
  const { peer, chaincode } = network.nodes;
  return exactlyOnce(network, { writes: options.writes, seed: 1, killed: { peer, chaincode }, killInterval: 10 });
}

describe.skipIf(isMissing('openssl'))('the exactly-once audit', () => {
  it('finds each write applied once, while clients, chaincode and peer are killed', async () => {
    const { kills, ...found } = await audit({ writes: 40 });
    expect(Object.keys(kills).length).toBeGreaterThan(0);
    expect(found).toMatchObject({ doubled: [], lost: [], unanswered: [], severalAnswers: [], wrongSums: [] });
  });

  it('finds writes that were doubled, when the contract keeps no claims', async () => {
    // Every fifth is made by two clients.
    const { doubled, wrongSums } = await audit({ writes: 10, preload: WITHOUT_CLAIMS });
    expect(doubled).toEqual(expect.arrayContaining([0, 5]));
    expect(wrongSums.length).toBeGreaterThan(0);
  });
});
