import type { SteppedClock } from '../helpers/stepped-clock.js';
import { type Random, whole } from './random.js';

/** Two clocks of one system differ by no more: this is what the SDK's searches allow for. */
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

  /** Never further from the right time than an hour. */
  #step(): void {
    const { offset } = this.#clock;
    const isForward = offset === 0 ? this.#random() < 0.5 : offset < 0;
    this.#clock.step(isForward ? HOUR : -HOUR);
    this.#count += 1;
    this.#wait();
  }
}
