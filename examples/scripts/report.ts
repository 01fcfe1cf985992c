import type { Outcome } from './outcome.js';
import { tokens } from './terminal.js';

/** Returns a report on all rows, and what to do next. */
export function report(outcomes: readonly Outcome[]): string {
  const of = (fate: Outcome['fate']) => outcomes.filter((outcome) => outcome.fate === fate);
  const done = of('done');
  const notDone = of('not done');
  const unknown = of('unknown');
  const paid = done.reduce((sum, { row }) => sum + row.amount, 0n);

  // The summary comes last, where it is visible after long lists.
  const lines = [
    ...section('Not done:', notDone),
    ...section('Unknown, may have been paid:', unknown),
    `${outcomes.length} rows: ${done.length} done, ${notDone.length} not done, ${unknown.length} unknown`,
    `${tokens(paid)} done`,
  ];
  if (done.length < outcomes.length) lines.push('Run the same command again: it pays only the missing rows.');
  return lines.join('\n');
}

function section(title: string, outcomes: readonly Outcome[]): string[] {
  return outcomes.length === 0 ? [] : [title, ...outcomes.map(lineOf), ''];
}

function lineOf({ row: { line, wallet, amount }, reason = '' }: Outcome): string {
  // One line each, even if a message of the server has line breaks.
  return `  line ${line}: ${amount} to ${JSON.stringify(wallet)}: ${reason.replaceAll(/\s+/g, ' ')}`;
}
