import { wholeTokens } from './decimal';

/** A line of a distribution: so many tokens to this wallet. */
export interface Row {
  /** The number of the line in the file, from 1. */
  readonly line: number;
  readonly wallet: string;
  /** Whole tokens. */
  readonly amount: string;
}

/** A line that cannot be read, and why. */
export interface BadLine {
  readonly line: number;
  readonly problem: string;
}

export interface Distribution {
  readonly rows: readonly Row[];
  readonly problems: readonly BadLine[];
}

const HEADER = /^wallet\s*[,;\t]\s*amount$/i;

/** Reads lines of `wallet,amount`; commas, semicolons and tabs separate, and the first line may name the columns. */
export function readDistribution(text: string): Distribution {
  const rows: Row[] = [];
  const problems: BadLine[] = [];
  for (const [index, written] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const content = written.trim();
    if (content === '' || (line === 1 && HEADER.test(content))) continue;
    // As the server reads it: lines of one wallet are counted, and each has its own key.
    const [wallet = '', typed = '', ...more] = content
      .normalize('NFC')
      .split(/[,;\t]/)
      .map(unquoted);
    const amount = /^\d+$/.test(typed) ? wholeTokens(typed) : undefined;
    if (wallet === '') problems.push({ line, problem: 'has no wallet' });
    else if (more.length > 0) problems.push({ line, problem: 'has more than a wallet and an amount' });
    else if (amount === undefined) problems.push({ line, problem: 'has no amount of whole tokens above zero' });
    else rows.push({ line, wallet, amount });
  }
  return { rows, problems };
}

function unquoted(cell: string): string {
  return cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
}

/** Text for a cell: a spreadsheet must not take it for a formula. */
export function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",;\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
