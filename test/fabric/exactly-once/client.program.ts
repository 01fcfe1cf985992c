import { text } from 'node:stream/consumers';
import { OutcomeUnknownError, SpydraError } from 'spydra-sdk';
import { seeded, whole } from '../../faults/random.js';
import { clientOn } from '../sdk.js';
import type { Place } from '../test-network.js';
import { ordersOf } from './orders.js';

/*
 * A client process of the audit: makes writes under their keys until each of them resolves, and prints how calls end. It
 * may be killed at any moment; another one goes on with the same keys.
 */

export interface ClientTask {
  readonly place: Place;
  readonly assetId: string;
  /** Of all writes of the audit. */
  readonly count: number;
  /** The numbers of the orders to make. */
  readonly numbers: readonly number[];
  readonly seed: number;
}

/** How a call has ended: a line of JSON. Without `transactionId`, it is repeated. */
export interface Ended {
  readonly n: number;
  readonly transactionId?: string;
  /** The code of the error. */
  readonly error?: string;
  /** Whether the error is OutcomeUnknownError. */
  readonly isUnknown?: boolean;
}

const CONCURRENCY = 16;
/** Milliseconds of some calls: too few, so that they end while their write is under way. */
const [LEAST, MOST] = [5, 400];
const SHORT_SHARE = 0.3;
/** Of the others. */
const DEADLINE = 60_000;

const task: ClientTask = JSON.parse(await text(process.stdin));
const { place, assetId, count, numbers, seed } = task;
const random = seeded(seed);
const orders = ordersOf(assetId, count);
const spydra = clientOn(place);
const report = (ended: Ended) => process.stdout.write(`${JSON.stringify(ended)}\n`);
const left = [...numbers];

async function work(): Promise<void> {
  for (let n = left.shift(); n !== undefined; n = left.shift()) {
    const order = orders[n];
    if (!order) throw new RangeError(`there is no order ${n}`);
    for (;;) {
      const deadline = random() < SHORT_SHARE ? whole(random, LEAST, MOST) : DEADLINE;
      try {
        report({ n, transactionId: await order.apply(spydra, { deadline }) });
        break;
      } catch (error) {
        if (!(error instanceof SpydraError)) throw error;
        report({ n, error: error.code, isUnknown: error instanceof OutcomeUnknownError });
        // Each wallet has enough for its orders, if each is applied once.
        if (error.code === 'INSUFFICIENT_BALANCE' || error.code === 'INVALID_INPUT') break;
      }
    }
  }
}

await Promise.all(Array.from({ length: CONCURRENCY }, work));
await spydra.close();
