import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { idProblem } from 'spydra-sdk';
import { folded } from './folded.js';
import { UsageError } from './usage-error.js';

/** An amount of tokens for a wallet. */
export interface Row {
  /** The line number in the file, from 1. */
  readonly line: number;
  readonly wallet: string;
  /** Whole tokens. */
  readonly amount: bigint;
}

/**
 * Reads the rows of a CSV file with the columns `wallet` and `amount`; other columns are ignored.
 *
 * @throws UsageError that names every bad line.
 */
export async function readRows(file: string): Promise<Row[]> {
  const [header, ...records] = recordsOf(await readText(file));
  const walletAt = header?.fields.indexOf('wallet') ?? -1;
  const amountAt = header?.fields.indexOf('amount') ?? -1;
  if (!header || walletAt < 0 || amountAt < 0) throw new UsageError(`${file} needs the header wallet,amount.`);

  const rows: Row[] = [];
  const problems = columnsTwice(header);
  const seen = new Map<string, { readonly line: number; readonly wallet: string }>();
  for (const { line, fields } of records) {
    const wallet = fields[walletAt] ?? '';
    const amount = fields[amountAt] ?? '';
    const bad = (problem: string) => problems.push(`line ${line}: ${problem}`);
    const problem = idProblem(wallet, 'write');
    const earlier = seen.get(folded(wallet));
    // An amount written as 1,000 without quotes would be read as 1.
    if (fields.length > header.fields.length) bad(`has ${fields.length} fields, the header ${header.fields.length}`);
    if (wallet === '') bad('has no wallet');
    else if (problem !== undefined) bad(`wallet ${quoted(wallet)} ${problem}`);
    else if (earlier?.wallet === wallet) bad(`wallet ${quoted(wallet)} stands on line ${earlier.line} already`);
    else if (earlier) bad(`wallet ${quoted(wallet)} may be ${quoted(earlier.wallet)} of line ${earlier.line}`);
    if (wallet !== '' && !earlier) seen.set(folded(wallet), { line, wallet });
    if (!/^0*[1-9]\d*$/.test(amount)) bad(`amount ${quoted(amount)} is no whole number above 0`);
    else rows.push({ line, wallet, amount: BigInt(amount) });
  }
  if (problems.length > 0) throw new UsageError(`Nothing was sent. In ${file}\n  ${problems.join('\n  ')}`);
  if (rows.length === 0) throw new UsageError(`${file} has no rows.`);
  return rows;
}

/** Reports duplicate column names, of which only one would be read. Spreadsheets may leave columns without a name. */
function columnsTwice({ line, fields }: Line): string[] {
  const names = fields.map(folded).filter(Boolean);
  const twice = new Set(names.filter((name, at) => names.indexOf(name) < at));
  return [...twice].map((name) => `line ${line}: the column ${quoted(name)} stands there twice`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

async function readText(file: string): Promise<string> {
  try {
    // Fatal: with another encoding, wallets would be read wrong. A byte order mark is dropped.
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${file} is not UTF-8 text.`);
    throw new UsageError(`${file} cannot be read: ${String(error)}`);
  }
}

/** A line of the file. */
interface Line {
  readonly line: number;
  readonly fields: readonly string[];
}

function recordsOf(text: string): Line[] {
  const lines: number[] = [];
  try {
    // csv-parse counts a CRLF in quotes as two lines.
    const records = parse(text.replaceAll('\r\n', '\n'), {
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      on_record: (fields, { lines: line }) => {
        lines.push(line);
        return fields;
      },
    });
    return records.map((fields, index) => ({ line: lines[index] ?? 0, fields }));
  } catch (error) {
    throw new UsageError(`Nothing was sent. ${error instanceof Error ? error.message : String(error)}`);
  }
}
