import { parseArgs } from 'node:util';
import { idProblem } from 'spydra-sdk';
import { UsageError } from './usage-error.js';

export const HELP = `Distributes tokens of one asset from one wallet to the wallets of a CSV file.

  npm run distribute -- rows.csv --asset <assetId> --from <wallet> --batch <name>

  rows.csv               has a line for each wallet, below the header wallet,amount; amounts are whole tokens
  --asset <assetId>      whose tokens
  --from <wallet>        who pays
  --batch <name>         names this distribution: each wallet is paid once under it, however often this is run
  --concurrency <number> rows on their way at once; 16 by default
  --help

The SPYDRA_* variables say where Spydra is. Ctrl-C stops, and the same command goes on.
A second one stops at once: wait a minute then.
Exit codes: 0 all done, 1 some rows are not done or unknown, 2 nothing sent for wrong input, 130 stopped.`;

const SEE_HELP = 'See npm run distribute -- --help.';

/** The parsed command line. */
export interface Command {
  readonly file: string;
  readonly assetId: string;
  readonly from: string;
  readonly batch: string;
  readonly concurrency: number;
}

/** @throws UsageError */
export function readCommand(args: readonly string[]): Command | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const { asset: assetId, from, batch } = values;
  const [file, ...more] = positionals;
  const concurrency = Number(values.concurrency);
  if (!file || !assetId || !from || !batch) throw new UsageError('A file, --asset, --from and --batch are needed.');
  if (more.length > 0) throw new UsageError(`Only one file is allowed: what is ${more.join(' ')}?`);
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new UsageError('--concurrency needs a whole number from 1.');
  }
  for (const [flag, id] of Object.entries({ '--asset': assetId, '--from': from })) {
    const problem = idProblem(id, 'write');
    if (problem !== undefined) throw new UsageError(`${flag} ${problem}.`);
  }
  return { file, assetId, from, batch, concurrency };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        asset: { type: 'string' },
        from: { type: 'string' },
        batch: { type: 'string' },
        concurrency: { type: 'string', default: '16' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${saidOf(error)}. ${SEE_HELP}`);
  }
}

/** Returns the error message of Node without its advice on arguments that begin with a dash. */
function saidOf(error: unknown): string {
  const [said = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
  // The value is missing, or the next flag is in its place, for example because a shell variable is empty.
  const [, flag] = /^Option '(?:-\w, )?(--[\w-]+).* argument (?:missing|is ambiguous)/.exec(said) ?? [];
  return flag ? `${flag} needs a value` : said;
}
