import { appendFileSync } from 'node:fs';

/** A table of a bench. */
export interface Table {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** Prints rows under their titles, aligned, as they will be compared; for `run.ts` also as a line of JSON in a file. */
export function printTable(title: string, rows: Table['rows']): void {
  const table: Table = { title, rows };
  if (process.env.BENCH_TABLES) appendFileSync(process.env.BENCH_TABLES, `${JSON.stringify(table)}\n`);
  const titles = Object.keys(rows[0] ?? {});
  const widths = titles.map((name) =>
    Math.max(...[name, ...rows.map((row) => String(row[name]))].map((t) => t.length)),
  );
  const line = (cells: readonly (string | number | undefined)[]) =>
    cells.map((cell, column) => String(cell).padStart(widths[column] ?? 0)).join('  ');
  const body = rows.map((row) => line(titles.map((name) => row[name])));
  process.stdout.write(`\n${[title, '', line(titles), ...body].join('\n')}\n`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
