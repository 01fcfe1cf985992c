/** Milliseconds by this process's monotonic clock, also if a {@link SteppedClock} has replaced `performance.now`. */
export const monotonicNow: () => number = performance.now.bind(performance);

export interface SteppedClockOptions {
  /** Sabotage: `performance.now` follows the system clock, steps included. */
  readonly wallClock?: boolean;
}

/** The system clock of this process (`Date`), which runs on and can be stepped; right again once it is disposed. */
export class SteppedClock implements Disposable {
  readonly #real = Date;
  #offset = 0;

  constructor({ wallClock = false }: SteppedClockOptions = {}) {
    const now = () => this.#real.now() + this.#offset;
    globalThis.Date = new Proxy(this.#real, {
      construct: (real, given, type) => Reflect.construct(real, given.length === 0 ? [now()] : given, type),
      get: (real, name, type) => (name === 'now' ? now : Reflect.get(real, name, type)),
    });
    if (wallClock) performance.now = () => now() - performance.timeOrigin;
  }

  /** Milliseconds by which the clock is fast; below zero if it is slow. */
  get offset(): number {
    return this.#offset;
  }

  /** The time by a clock that was never stepped. */
  get right(): Date {
    return new this.#real();
  }

  /** @param by - milliseconds, below zero for a step back */
  step(by: number): void {
    this.#offset += by;
  }

  [Symbol.dispose](): void {
    globalThis.Date = this.#real;
    Reflect.deleteProperty(performance, 'now');
  }
}
