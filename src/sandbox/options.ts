import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from './clock.js';
import type { CorsOrigins } from './cors.js';
import { ensureNode } from './ensure-node.js';
import { checkPlatform, type PlatformOptions } from './platform-options.js';
import type { IdempotencyMode } from './rest-v2.js';
import { refuseUnknown } from './unknown-names.js';

/** Options of a sandbox; all are optional. */
export interface SandboxOptions {
  /** The key that callers must send as `X-API-Key`: 8 visible ASCII characters or more; `sandbox-key` by default. */
  readonly apiKey?: string | undefined;
  /** `sandbox-project` by default; paths with another one get a 404, as for the two below. */
  readonly projectId?: string | undefined;
  /** `sandbox-network` by default. */
  readonly networkId?: string | undefined;
  /** `sandbox-app` by default. */
  readonly appId?: string | undefined;
  /** The schema that new assets must name; `sandbox-schema` by default. */
  readonly assetSchemaId?: string | undefined;
  /**
   * Milliseconds from a block's first transaction until the block is cut. 0, the default, commits each write before its
   * response; Fabric's own default is 2000.
   */
  readonly blockTime?: number | undefined;
  /** How many pending transactions cut a block early; 500 by default, as `MaxMessageCount` in Fabric's sample config. */
  readonly blockSize?: number | undefined;
  /** The clock; the computer's by default. */
  readonly clock?: Clock | undefined;
  /** Numbers from 0 up to 1 from which ids are made, for ids that are the same in every run; node:crypto by default. */
  readonly random?: (() => number) | undefined;
  /** A file that keeps the ledger: created if it is missing, read back if it is there. In memory only by default. */
  readonly dataFile?: string | undefined;
  /** How idempotency keys are treated; `header` by default. */
  readonly idempotency?: IdempotencyMode | undefined;
  /** How the platform's API responds where its documentation does not say. */
  readonly platform?: PlatformOptions | undefined;
  /** Whose web pages may call, in development: `*` for all, or origins such as `http://localhost:5173`. None by default. */
  readonly cors?: CorsOrigins | undefined;
  /** Receives warnings: an incomplete last line, a failing disk. A warning of the process by default. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Fabric's sample configuration, `configtx.yaml`: `BatchSize.MaxMessageCount`. */
const FABRIC_MAX_MESSAGE_COUNT = 500;
/** The longest timer of Node. */
const MAX_BLOCK_TIME = 2 ** 31 - 1;

/** The answer to an option of earlier versions. */
const NO_CONTRACT =
  'The sandbox has one contract, so contract is not an option any more: leave it out. Payments into one wallet never conflict.';

/** What each option must be. */
const RULES: Readonly<Record<keyof SandboxOptions, readonly [holds: (value: unknown) => boolean, rule: string]>> = {
  // The same rule as the client's: a key that one of both refuses is useless.
  apiKey: [
    (value) => isText(value) && /^[\x21-\x7e]{8,}$/.test(value.trim()),
    'must be 8 visible ASCII characters or more',
  ],
  projectId: [isText, 'must be a text'],
  networkId: [isText, 'must be a text'],
  appId: [isText, 'must be a text'],
  assetSchemaId: [isText, 'must be a text'],
  blockTime: [
    (value) => typeof value === 'number' && value >= 0 && value <= MAX_BLOCK_TIME,
    `must be from 0 to ${MAX_BLOCK_TIME} ms`,
  ],
  blockSize: [(value) => Number.isSafeInteger(value) && Number(value) >= 1, 'must be a whole number from 1'],
  clock: [isClock, 'must have the methods now, setTimeout and clearTimeout'],
  random: [isFunction, 'must be a function'],
  dataFile: [isText, 'must be the name of a file'],
  idempotency: [(value) => ['header', 'filter', 'none'].includes(String(value)), 'must be header, filter or none'],
  // Checked with its own options.
  platform: [(value) => typeof value === 'object', 'must be an object'],
  onWarning: [isFunction, 'must be a function'],
  cors: [areOrigins, 'must be * or origins such as http://localhost:5173, without a path or a slash at the end'],
};

/** The options with their defaults. */
export type Settings = ReturnType<typeof resolveOptions>;

/** @throws RangeError that names an option which is not known or cannot be; Error on a Node that is too old. */
export function resolveOptions(options: SandboxOptions) {
  ensureNode();
  check(options);
  const { random } = options;
  return {
    // A key that is read from a file often ends with a newline.
    apiKey: (options.apiKey ?? 'sandbox-key').trim(),
    projectId: options.projectId ?? 'sandbox-project',
    networkId: options.networkId ?? 'sandbox-network',
    appId: options.appId ?? 'sandbox-app',
    assetSchemaId: options.assetSchemaId ?? 'sandbox-schema',
    blockTime: options.blockTime ?? 0,
    blockSize: options.blockSize ?? FABRIC_MAX_MESSAGE_COUNT,
    clock: options.clock ?? systemClock,
    nonce: random ? () => hexFrom(random) : () => randomBytes(32).toString('hex'),
    dataFile: options.dataFile,
    idempotency: options.idempotency ?? 'header',
    platform: checkPlatform(options.platform ?? {}),
    cors: options.cors,
    warn: options.onWarning ?? ((message: string) => process.emitWarning(message, 'SpydraSandboxWarning')),
  };
}

function check(options: SandboxOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new RangeError('The options of a sandbox must be an object.');
  if ('contract' in options && options.contract !== undefined) throw new RangeError(NO_CONTRACT);
  refuseUnknown(options, Object.keys(RULES), 'a sandbox');
  for (const [name, [holds, rule]] of Object.entries(RULES)) {
    const value = options[name as keyof SandboxOptions];
    if (value !== undefined && !holds(value)) throw new RangeError(`${name} ${rule}.`);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isClock(value: unknown): boolean {
  const clock = Object(value) as Partial<Clock>;
  return isFunction(clock.now) && isFunction(clock.setTimeout) && isFunction(clock.clearTimeout);
}

function areOrigins(cors: unknown): boolean {
  const isOrigin = (text: unknown) =>
    typeof text === 'string' && /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
  return cors === '*' || (Array.isArray(cors) && cors.every(isOrigin));
}

function hexFrom(random: () => number): string {
  return Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('');
}
