import { type MoneyRow, type Violation, violationsOf } from './audit.js';

type Column = readonly [title: string, value: (row: MoneyRow) => string | number];

const bad = (name: Violation) => (row: MoneyRow) => row[name];

const COLUMNS: readonly Column[] = [
  ['kind', (row) => row.kind],
  ['seed', (row) => row.seed],
  ['calls', (row) => row.calls],
  ['done', (row) => row.done],
  ['not applied', (row) => row.notApplied],
  ['unknown', (row) => row.unknown],
  ['called again', (row) => row.calledAgain],
  ['faults', (row) => row.faults],
  ['409 in progress', (row) => row.inProgress],
  ['clock steps', (row) => row.clockSteps],
  ['restarts', (row) => row.restarts],
  ['conflicts', (row) => row.conflicts],
  ['applied twice', bad('appliedTwice')],
  ['done but missing', bad('doneButMissing')],
  ['not applied but applied', bad('notAppliedButApplied')],
  ['unknown after reconcile', bad('unknownAfterReconcile')],
  ['reconcile wrong', bad('reconcileWrong')],
  ['late by > 100 ms', bad('outlived')],
  ['tokens misplaced', (row) => row.misplaced],
  ['seconds', (row) => row.seconds.toFixed(0)],
];

const line = (cells: readonly string[]) =>
  cells.map((cell, column) => cell.padStart(Math.max(COLUMNS[column]?.[0].length ?? 0, 6))).join('  ');

/** The line with the columns' titles. */
export const HEADER = line(COLUMNS.map(([title]) => title));

export function rowLine(row: MoneyRow): string {
  return line(COLUMNS.map(([, value]) => String(value(row))));
}

/** The number of violations in a row. */
export function wrongs(row: MoneyRow): number {
  return Object.values(violationsOf(row)).reduce((sum, count) => sum + count, 0);
}
