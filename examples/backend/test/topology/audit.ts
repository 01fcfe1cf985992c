import { Books } from '../../../../test/faults/books.js';
import type { Event } from './events.js';
import type { Load, Read } from './load.js';
import type { Write } from './writer.js';

/** When something happened, of `performance.now()`. What ends before the next event began belongs to this one. */
export interface Happened {
  readonly event: Event;
  readonly from: number;
  /** When what it broke worked again. */
  readonly backAt: number;
}

/** What came of an event. */
export interface Finding {
  readonly event: Event;
  readonly reads: number;
  readonly readsFailed: readonly Read[];
  readonly writes: number;
  /** Requests of which nobody could tell whether they wrote. */
  readonly unknown: number;
  readonly appliedTwice: readonly Write[];
  readonly doneButMissing: readonly Write[];
  readonly notAppliedButApplied: readonly Write[];
  /** Writes with a key of which it is not known to the end what became of them. */
  readonly leftUnknown: readonly Write[];
  /** Seconds until what broke was back and no request failed any more. */
  readonly recovery: number;
}

/** Compares the responses that clients received during each event with the ledger. */
export async function audit(happened: readonly Happened[], load: Load, sandboxUrl: string): Promise<Finding[]> {
  const books = await Books.read(new URL(sandboxUrl).origin);
  const to = (index: number) => happened[index + 1]?.from ?? Number.POSITIVE_INFINITY;
  return happened.map((one, index) => findingOf(one, to(index), load, books));
}

function findingOf({ event, from, backAt }: Happened, to: number, load: Load, books: Books): Finding {
  const isIn = ({ endedAt }: Pick<Read, 'endedAt'>) => endedAt >= from && endedAt < to;
  const reads = load.reads.filter(isIn);
  const writes = load.writes.filter(({ attempts }) => attempts.some(isIn));
  const attempts = writes.flatMap((write) => write.attempts).filter(isIn);
  const readsFailed = reads.filter(({ status }) => status !== 200);
  const failedAt = [...readsFailed, ...attempts.filter(hasFailed)].map(({ beganAt }) => beganAt);
  const effects = ({ mark }: Write) => books.effects(mark);
  return {
    event,
    reads: reads.length,
    readsFailed,
    writes: writes.length,
    unknown: attempts.filter(({ word }) => word === 'unknown').length,
    appliedTwice: writes.filter((write) => effects(write).length > 1),
    doneButMissing: writes.filter(
      (write) =>
        write.word === 'done' && !effects(write).some(({ transactionId }) => transactionId === write.transactionId),
    ),
    notAppliedButApplied: writes.filter((write) => write.word === 'not-applied' && effects(write).length > 0),
    leftUnknown: writes.filter(({ word, isKeyed }) => word === 'unknown' && isKeyed),
    recovery: (Math.max(backAt, ...failedAt) - from) / 1_000,
  };
}

/** What is refused works as it should. */
function hasFailed({ word, status = 0 }: Write['attempts'][number]): boolean {
  return word === 'unknown' || status >= 500;
}

/** What must not be, in words; nothing if all is right. */
export function violationsOf(finding: Finding): string[] {
  const { event, reads, readsFailed, writes, recovery } = finding;
  const counts: readonly [string, number][] = [
    ['reads failed', event.mayFailReads ? 0 : readsFailed.length],
    ['writes applied twice', finding.appliedTwice.length],
    ['writes reported done are missing', finding.doneButMissing.length],
    ['writes reported not applied are there', finding.notAppliedButApplied.length],
    ['writes with a key are left unknown', finding.leftUnknown.length],
  ];
  return [
    ...counts.filter(([, count]) => count > 0).map(([what, count]) => `${event.name}: ${count} ${what}`),
    ...(recovery > (event.bound ?? Number.POSITIVE_INFINITY) ? [`${event.name}: took ${recovery} s to recover`] : []),
    // Nothing is shown by a test without a load.
    ...(reads < 50 || writes < 10 ? [`${event.name}: only ${reads} reads and ${writes} writes`] : []),
  ];
}
