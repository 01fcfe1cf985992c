import { text } from 'node:stream/consumers';
import { seeded } from '../../faults/random.js';
import { StandIn, type StandInOptions } from './stand-in.js';

/* The stand-in as a process of its own, which can be killed and started again on its blocks. */

export interface StandInTask extends Omit<StandInOptions, 'schedule'> {
  /** The share of submits of which the answer is lost, before ordering or after. */
  readonly lostSubmits: number;
  readonly seed: number;
}

const { lostSubmits, seed, ...options }: StandInTask = JSON.parse(await text(process.stdin));
const standIn = await StandIn.start(options);
standIn.faults.losing(lostSubmits, seeded(seed));
process.stdout.write(`listening on ${standIn.address}\n`);
