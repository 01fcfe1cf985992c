import type { SpydraError } from 'spydra-sdk';
import type { IdempotencyMode } from 'spydra-sdk/sandbox';
import { type BookedTransaction, type Books, fulfils } from './books.js';
import type { Order } from './workload.js';

/** What the SDK says of a call when it ends: its result, or its error's `outcome`. */
export type Word = 'done' | 'not-applied' | 'unknown';

/** What reconciling an unknown outcome came to. */
export type Settled =
  | { readonly state: 'committed'; readonly transactionId: string }
  | { readonly state: 'failed' | 'not-found' }
  /** Still unknown. */
  | { readonly state: 'left'; readonly why: string };

/** A call with everything that was said of it. */
export interface Call {
  readonly order: Order;
  readonly word: Word;
  /** The key under which it was sent. */
  readonly key: string | undefined;
  readonly transactionId: string | undefined;
  readonly error: SpydraError | undefined;
  /** By the clock of its process, which may have been stepped, … */
  readonly endedAt: Date;
  /** … and milliseconds by its monotonic clock. */
  readonly endedAfter: number;
  /** Milliseconds by which it, or a question after it, outlived its deadline; below zero for most. */
  readonly overrun: number;
  /** For an unknown outcome. */
  readonly settled: Settled | undefined;
}

/** What was said, beside what stands in the books. */
interface Case {
  readonly call: Call;
  /** Committed transactions of its order. */
  readonly effects: readonly BookedTransaction[];
  /** How many of them an earlier call left. */
  readonly earlier: number;
}

/** What may not be, by name: each is counted, and each count must be 0. */
const VIOLATIONS = {
  appliedTwice: ({ effects }: Case) => effects.length > 1,
  doneButMissing: ({ call: { word, transactionId, order }, effects }: Case) =>
    word === 'done' && !effects.some((effect) => effect.transactionId === transactionId && fulfils(effect, order)),
  notAppliedButApplied: ({ call, effects, earlier }: Case) => call.word === 'not-applied' && effects.length > earlier,
  unknownAfterReconcile: ({ call }: Case) => call.settled?.state === 'left',
  reconcileWrong: ({ call: { settled }, effects }: Case) => settled !== undefined && !isRight(settled, effects),
  outlived: ({ call }: Case) => call.overrun > 100,
} satisfies Record<string, (it: Case) => boolean>;

export type Violation = keyof typeof VIOLATIONS;

const NAMES = Object.keys(VIOLATIONS) as Violation[];

/** The counts of a run. */
export interface Counts extends Readonly<Record<Violation, number>> {
  readonly calls: number;
  readonly done: number;
  readonly notApplied: number;
  readonly unknown: number;
  readonly calledAgain: number;
  /** Transactions that lost to another one. */
  readonly conflicts: number;
  /** Calls by what was said of them in full. */
  readonly tally: Readonly<Record<string, number>>;
  /** A line for each violation: what was said, and what the ledger says. */
  readonly findings: readonly string[];
}

/** One line of the money test's table. */
export interface MoneyRow extends Counts {
  readonly kind: IdempotencyMode;
  readonly seed: number;
  readonly faults: number;
  readonly restarts: number;
  /** How often the clock of the client's process was stepped. */
  readonly clockSteps: number;
  /** Writes that were answered 409 in the place of their first request. */
  readonly inProgress: number;
  readonly seconds: number;
  /** Tokens that are not where the orders put them. */
  readonly misplaced: number;
}

/**
 * Compares what was said with the books.
 *
 * @param again - second calls with the order, and so under the key, of a first one
 * @param before - the books before the second calls
 * @param after - the books at the end
 */
export function audit(calls: readonly Call[], again: readonly Call[], before: Books, after: Books): Counts {
  const repeated = new Set(again.map(({ order }) => order.mark));
  const booksOf = ({ mark }: Order) => (repeated.has(mark) ? before : after);
  const cases: Case[] = [
    ...calls.map((call) => ({ call, effects: booksOf(call.order).effects(call.order.mark), earlier: 0 })),
    ...again.map((call) => ({
      call,
      effects: after.effects(call.order.mark),
      earlier: before.effects(call.order.mark).length,
    })),
  ];
  const found = NAMES.map((name) => ({ name, violating: cases.filter(VIOLATIONS[name]) }));
  const saying = (word: Word) => calls.filter((call) => call.word === word).length;
  return {
    calls: calls.length,
    done: saying('done'),
    notApplied: saying('not-applied'),
    unknown: saying('unknown'),
    calledAgain: again.length,
    conflicts: after.conflicts,
    ...(Object.fromEntries(found.map(({ name, violating }) => [name, violating.length])) as Record<Violation, number>),
    tally: tallyOf([...calls.map(wordsOf), ...again.map((call) => `again: ${wordsOf(call)}`)]),
    findings: found.flatMap(({ name, violating }) => violating.map((it) => `${name}: ${describe(it)}`)),
  };
}

/** What must be 0 in a row, by name. */
export function violationsOf(row: MoneyRow): Readonly<Record<Violation | 'misplaced', number>> {
  const counts = Object.fromEntries(NAMES.map((name) => [name, row[name]])) as Record<Violation, number>;
  return { ...counts, misplaced: row.misplaced };
}

function isRight(settled: Settled, effects: Case['effects']): boolean {
  if (settled.state === 'left') return true;
  if (settled.state !== 'committed') return effects.length === 0;
  return effects.some(({ transactionId }) => transactionId === settled.transactionId);
}

function wordsOf({ word, error, settled }: Call): string {
  return [word, error?.code, settled && `then ${settled.state}`].filter(Boolean).join(' ');
}

function tallyOf(words: readonly string[]): Record<string, number> {
  const tally: Record<string, number> = {};
  for (const word of words.toSorted()) tally[word] = (tally[word] ?? 0) + 1;
  return tally;
}

function describe({ call, effects }: Case): string {
  const { order, error, ...said } = call;
  const ids = effects.map(({ transactionId }) => transactionId);
  return `${order.mark} ${JSON.stringify({ ...said, error: error?.toJSON() })}; on the ledger: ${JSON.stringify(ids)}`;
}
