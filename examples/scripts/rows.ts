import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { UsageError } from './usage-error.js';

/** So many tokens to this wallet. */
export interface Row {
  /** Where it stands in the file, from 1. */
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
  const problems: string[] = [];
  const lineOf = new Map<string, number>();
  for (const { line, fields } of records) {
    const wallet = fields[walletAt] ?? '';
    const amount = fields[amountAt] ?? '';
    const bad = (problem: string) => problems.push(`line ${line}: ${problem}`);
    const earlier = lineOf.get(wallet);
    // An amount written as 1,000 without quotes would be read as 1.
    if (fields.length > header.fields.length) bad(`has ${fields.length} fields, the header ${header.fields.length}`);
    if (wallet === '') bad('has no wallet');
    else if (earlier !== undefined) bad(`wallet ${JSON.stringify(wallet)} stands on line ${earlier} already`);
    else lineOf.set(wallet, line);
    if (!/^0*[1-9]\d*$/.test(amount)) bad(`amount ${JSON.stringify(amount)} is no whole number above 0`);
    else rows.push({ line, wallet, amount: BigInt(amount) });
  }
  if (problems.length > 0) throw new UsageError(`Nothing was sent. In ${file}\n  ${problems.join('\n  ')}`);
  if (rows.length === 0) throw new UsageError(`${file} has no rows.`);
  return rows;
}

async function readText(file: string): Promise<string> {
  try {
    // Fatal: in a file of another encoding a wallet would be read as another one. A byte order mark is dropped.
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${file} is not UTF-8 text.`);
    throw new UsageError(`${file} cannot be read: ${String(error)}`);
  }
}

function recordsOf(text: string): { line: number; fields: string[] }[] {
  const lines: number[] = [];
  try {
    // csv-parse counts a CRLF within quotes as two lines.
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
