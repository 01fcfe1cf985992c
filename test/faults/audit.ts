import type { SpydraError } from 'spydra-sdk';
import { type BookedTransaction, type Books, fulfils } from './books.js';
import type { Kind } from './money-test.js';
import type { Order } from './workload.js';

/** The outcome that the SDK reports of a call: a result, or the `outcome` of its error. */
export type Word = 'done' | 'not-applied' | 'unknown';

/** The result of reconciling an unknown outcome. */
export type Settled =
  | { readonly state: 'committed'; readonly transactionId: string }
  | { readonly state: 'failed' | 'not-found' }
  /** Still unknown. */
  | { readonly state: 'left'; readonly why: string };

/** A call with all of its reported outcomes. */
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
  /** Milliseconds by which it, or a reconciliation after it, exceeded its deadline; negative for most. */
  readonly overrun: number;
  /** For an unknown outcome. */
  readonly settled: Settled | undefined;
}

/** The reported outcome, and the transactions on the ledger. */
interface Case {
  readonly call: Call;
  /** Committed transactions of its order. */
  readonly effects: readonly BookedTransaction[];
  /** How many of them are of an earlier call. */
  readonly earlier: number;
}

/** The violations, by name: each count must be 0. */
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
  /** Transactions that failed with a read conflict. */
  readonly conflicts: number;
  /** Calls by all of their reported outcomes. */
  readonly tally: Readonly<Record<string, number>>;
  /** A line for each violation: the reported outcome, and the ledger. */
  readonly findings: readonly string[];
}

/** One line of the money test's table. */
export interface MoneyRow extends Counts {
  readonly kind: Kind;
  readonly seed: number;
  readonly faults: number;
  readonly restarts: number;
  /** How often the clock of the client's process was stepped. */
  readonly clockSteps: number;
  /** Writes that got a 409 instead of the response to their first request. */
  readonly inProgress: number;
  readonly seconds: number;
  /** Tokens that differ from the orders. */
  readonly misplaced: number;
}

/**
 * Compares the reported outcomes with the ledger.
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

/** The columns of a row that must be 0, by name. */
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
