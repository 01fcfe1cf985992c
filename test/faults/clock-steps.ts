import type { SteppedClock } from '../helpers/stepped-clock.js';
import { type Random, whole } from './random.js';

/** The largest difference between two clocks that the SDK's searches tolerate. */
const HOUR = 3_600_000;

/** Sets the clock of this process an hour forward or back, at random moments, until it is disposed. */
export class ClockSteps implements Disposable {
  readonly #clock: SteppedClock;
  readonly #random: Random;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(clock: SteppedClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#wait();
  }

  /** Steps so far. */
  get count(): number {
    return this.#count;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#step(), whole(this.#random, 50, 500));
  }

  /** At most an hour from the right time. */
  #step(): void {
    const { offset } = this.#clock;
    const isForward = offset === 0 ? this.#random() < 0.5 : offset < 0;
    this.#clock.step(isForward ? HOUR : -HOUR);
    this.#count += 1;
    this.#wait();
  }
}
