import { parseArgs } from 'node:util';
import type { CorsOrigins } from './cors.js';
import type { SandboxOptions } from './options.js';
import type { IdempotencyMode } from './rest-v2.js';
import { didYouMean } from './unknown-names.js';

export const HELP = `spydra-sandbox: a Spydra to run anywhere, with a ledger that works as Hyperledger Fabric does

  --port <number>        where to listen; 4010 by default, 0 takes a free port
  --host <address>       which address to bind; 127.0.0.1 by default
  --block-time <time>    how long a block waits for more transactions, such as 0, 500ms or 2s; 2s by default
  --block-size <number>  how many transactions cut a block early; 500 by default
  --data <file>          keep the ledger in this file, and go on from it at the next start
  --api-key <key>        the key that callers must send, 8 characters or more; else SPYDRA_API_KEY,
                         else sandbox-key
  --cors [origins]       let web pages call, in development: those of these origins, apart by commas; of all without
  --idempotency <mode>   header: honour Idempotency-Key (the default); filter: only find transactions by key;
                         none: neither, as a server that does not know keys
  --seed                 start with three assets and some holders, unless the ledger has blocks already
  --help, --version`;

/** An invalid command line; the message is one sentence for its user. */
export class UsageError extends Error {}

/** The parsed command line. */
export interface CliFlags {
  readonly show: 'help' | 'version' | undefined;
  readonly port: number;
  readonly host: string;
  readonly seed: boolean;
  /** Whether the caller gave the key, which then must not be printed. */
  readonly ownKey: boolean;
  readonly options: SandboxOptions;
}

/** @throws UsageError */
export function readFlags(args: readonly string[], environment: NodeJS.ProcessEnv): CliFlags {
  const values = parse(args);
  if (values.contract !== undefined) {
    throw new UsageError('The sandbox has one contract, so there is no flag --contract any more: leave it out');
  }
  const apiKey = values['api-key'] ?? (environment.SPYDRA_API_KEY || undefined);
  return {
    show: values.help ? 'help' : values.version ? 'version' : undefined,
    port: whole('--port', values.port, 0, 65_535),
    host: values.host,
    seed: values.seed,
    ownKey: apiKey !== undefined,
    options: {
      apiKey,
      blockTime: milliseconds(values['block-time']),
      blockSize: whole('--block-size', values['block-size'], 1, Number.MAX_SAFE_INTEGER),
      dataFile: values.data,
      idempotency: mode(values.idempotency),
      cors: values.cors === undefined ? undefined : origins(values.cors),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.map((arg, at) => (arg === '--cors' && (args[at + 1] ?? '--').startsWith('--') ? '--cors=*' : arg)),
      options: {
        port: { type: 'string', default: '4010' },
        host: { type: 'string', default: '127.0.0.1' },
        'block-time': { type: 'string', default: '2s' },
        'block-size': { type: 'string', default: '500' },
        contract: { type: 'string' },
        data: { type: 'string' },
        'api-key': { type: 'string' },
        cors: { type: 'string' },
        idempotency: { type: 'string', default: 'header' },
        seed: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    // Node adds advice; its first sentence states the problem.
    const [sentence = ''] = String(error instanceof Error ? error.message : error).split(/\.\s/);
    const [, unknown] = /^Unknown option '(--[^']+)'/.exec(sentence) ?? [];
    throw new UsageError(
      unknown === undefined ? sentence : sentence + didYouMean(unknown, HELP.match(/--[a-z-]+/g) ?? []),
    );
  }
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${flag} needs a whole number from ${least} to ${most}, not '${text}'`);
}

function milliseconds(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text === '0' ? '0s' : text) ?? [];
  if (amount === undefined) throw new UsageError(`--block-time needs a time such as 0, 500ms or 2s, not '${text}'`);
  return Number(amount) * (unit === 's' ? 1_000 : 1);
}

function origins(text: string): CorsOrigins {
  return text === '*' ? text : text.split(',');
}

function mode(text: string): IdempotencyMode {
  if (text === 'header' || text === 'filter' || text === 'none') return text;
  throw new UsageError(`--idempotency needs header, filter or none, not '${text}'`);
}
