import type { common } from '@hyperledger/fabric-protos';

/** When a block is cut: Fabric's BatchTimeout and BatchSize. */
export interface BlockRules {
  /** Milliseconds from the first transaction of a block on; 0 cuts a block for each. */
  readonly blockTime: number;
  readonly maxMessageCount: number;
  readonly preferredMaxBytes: number;
  readonly absoluteMaxBytes: number;
}

/** Calls back once after a time, and returns how to cancel that. */
export type Schedule = (callback: () => void, milliseconds: number) => () => void;

export const systemSchedule: Schedule = (callback, milliseconds) => {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
};

/** Takes envelopes and cuts them into blocks. It validates nothing. */
export class Orderer {
  isAway = false;
  #isHeld = false;
  readonly #held: common.Envelope[] = [];
  #pending: common.Envelope[] = [];
  #pendingBytes = 0;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly rules: BlockRules,
    private readonly schedule: Schedule,
    private readonly deliver: (envelopes: readonly common.Envelope[]) => void,
  ) {}

  /** @throws Error for an envelope that is too large for any block */
  order(envelope: common.Envelope): void {
    const bytes = envelope.serializeBinary().length;
    const { absoluteMaxBytes, blockTime, maxMessageCount, preferredMaxBytes } = this.rules;
    if (bytes > absoluteMaxBytes) {
      throw new Error(`message payload is ${bytes} bytes and exceeds maximum allowed ${absoluteMaxBytes} bytes`);
    }
    if (this.#isHeld) {
      this.#held.push(envelope);
      return;
    }
    if (this.#pendingBytes + bytes > preferredMaxBytes) this.cut();
    this.#pending.push(envelope);
    this.#pendingBytes += bytes;
    if (blockTime === 0 || this.#pending.length >= maxMessageCount || bytes > preferredMaxBytes) this.cut();
    else this.#cancel ??= this.schedule(() => this.cut(), blockTime);
  }

  /** Makes a block of what waits for one. */
  cut(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const envelopes = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (envelopes.length > 0) this.deliver(envelopes);
  }

  /** From now on envelopes are acknowledged and go into no block. */
  hold(): void {
    this.#isHeld = true;
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /** Orders what was held, as a late network does. */
  release(): void {
    this.#isHeld = false;
    for (const envelope of this.#held.splice(0)) this.order(envelope);
  }

  /** Loses what was acknowledged and is in no block yet, as an orderer that dies. */
  lose(): void {
    this.#isHeld = false;
    this.#held.length = 0;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
