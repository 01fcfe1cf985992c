import { ConnectionError } from 'spydra-sdk';
import type { Identity } from 'spydra-sdk/contract';
import type { Chain, ChainEvent, FoundTransaction, Invocation, Transacted } from '../../src/chain/chain.js';
import { outcomeUnknown, transactionInvalid } from '../../src/chain/errors.js';
import { refusalError, refusalIn } from '../../src/chain/refusals.js';
import type { WriteCall } from '../../src/core/call.js';
import type { ValidationCode } from '../../src/sandbox/world-state.js';
import { BACKEND, Channel } from '../unit/contract/harness.js';
import type { Envelope } from './fabric-ledger.js';

interface Ordered {
  readonly envelope: Envelope;
  readonly end: (code: ValidationCode) => void;
}

/** What happens to an envelope that is to be ordered. */
export type Fate =
  /** It is in the next block. */
  | 'ordered'
  /** It is in the next block, and the call does not hear of it. */
  | 'unseen'
  /** It never arrives, which the call does not hear of either. */
  | 'lost';

/** The contract over the channel of `FabricLedger`: what is proposed at the same time is ordered into one block. */
export class MemoryChain implements Chain {
  readonly name = 'memory';
  /** Functions with the number of their orders, as they were ordered, and the names of the reads. */
  readonly transactions: string[] = [];
  readonly queries: string[] = [];
  readonly codes: ValidationCode[] = [];
  /** How many envelopes are in each block. */
  readonly blocks: number[] = [];
  fateOf: (functionName: string, nth: number) => Fate = () => 'ordered';
  /** Called before each read and proposal: it may throw, as a network does. */
  beforeEach: (functionName: string) => void | Promise<void> = () => {};
  /** One for each valid transaction. */
  readonly events: ChainEvent[] = [];
  /** How often each event is delivered, and after how many the stream breaks. */
  copies = 1;
  breaksAfter = Number.POSITIVE_INFINITY;
  #height = 1;
  /** While it is true no block is cut. */
  isHeld = false;
  #block: Ordered[] = [];
  #open = 0;
  #isCutting = false;
  readonly #known = new Map<string, FoundTransaction>();

  constructor(
    readonly channel: Channel,
    readonly identity: Identity = BACKEND,
  ) {}

  static async make(): Promise<MemoryChain> {
    return new MemoryChain(await Channel.configured());
  }

  async query(functionName: string, args: readonly string[], call: Partial<WriteCall>): Promise<string> {
    this.queries.push(functionName);
    await this.beforeEach(functionName);
    call.signal?.throwIfAborted();
    return (await this.#endorse(functionName, args)).result;
  }

  async transact({ functionName, args, hasWritten }: Invocation, call: WriteCall): Promise<Transacted> {
    await this.beforeEach(functionName);
    call.signal.throwIfAborted();
    const envelope = await this.#endorse(functionName, args, call);
    if (!hasWritten(envelope.result)) return { result: envelope.result, isCommitted: true };
    const nth = this.transactions.push(functionName);
    const fate = this.fateOf(functionName, nth);
    const { txId: transactionId } = envelope;
    const code = fate === 'lost' ? undefined : this.#order(envelope);
    if (fate !== 'ordered') {
      throw outcomeUnknown(call, { transactionId, stage: 'commit', cause: new Error('The deadline came first.') });
    }
    if (!call.confirm) return { result: envelope.result, isCommitted: false };
    const ended = await Promise.race([code, aborted(call.signal)]);
    if (ended === undefined) {
      throw outcomeUnknown(call, { transactionId, stage: 'commit', cause: call.signal.reason });
    }
    if (ended !== 'VALID') throw transactionInvalid(ended, transactionId, call);
    return { result: envelope.result, isCommitted: true };
  }

  async find(transactionId: string): Promise<FoundTransaction | undefined> {
    return this.#known.get(transactionId);
  }

  async wait(transactionId: string, { signal }: { readonly signal: AbortSignal }): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      const found = this.#known.get(transactionId);
      if (found) return found.validationCode;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async height(): Promise<number> {
    return this.#height;
  }

  async *listen(
    startBlock: number,
    { signal }: Pick<WriteCall, 'signal'>,
  ): AsyncGenerator<ChainEvent, void, undefined> {
    for (let next = this.events.findIndex(({ block }) => block >= startBlock), heard = 0; ; ) {
      signal.throwIfAborted();
      const event = next < 0 ? undefined : this.events[next];
      if (event) {
        for (let copy = 0; copy < this.copies; copy++) yield event;
        next++;
        if (++heard === this.breaksAfter) throw new ConnectionError('Stream removed', { retryable: true });
      } else {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (next < 0) next = this.events.findIndex(({ block }) => block >= startBlock);
      }
    }
  }

  async #endorse(functionName: string, args: readonly string[], call: Partial<WriteCall> = {}): Promise<Envelope> {
    this.#open++;
    try {
      return await this.channel.endorse(this.identity, functionName, ...args);
    } catch (error) {
      const refusal = refusalIn((error as Error).message);
      throw refusal ? refusalError(refusal, call) : error;
    } finally {
      this.#open--;
    }
  }

  #order(envelope: Envelope): Promise<ValidationCode> {
    return new Promise((end) => {
      this.#block.push({ envelope, end });
      if (this.#isCutting) return;
      this.#isCutting = true;
      setTimeout(() => this.#cut(), 0);
    });
  }

  /** Cuts a block once nothing is simulated. */
  #cut(): void {
    if (this.#open > 0 || this.isHeld) {
      setTimeout(() => this.#cut(), 0);
      return;
    }
    this.#isCutting = false;
    const block = this.#block.splice(0);
    this.blocks.push(block.length);
    const codes = this.channel.commit(...block.map(({ envelope }) => envelope));
    const number = this.#height++;
    for (const [index, { envelope, end }] of block.entries()) {
      const validationCode = codes[index] ?? 'VALID';
      const { event, txId: transactionId } = envelope;
      if (event && validationCode === 'VALID')
        this.events.push({ block: number, transactionId, payload: event.payload });
      this.codes.push(validationCode);
      this.#known.set(envelope.txId, { validationCode, timestamp: '2026-01-01T00:00:00.000Z' });
      end(validationCode);
    }
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
