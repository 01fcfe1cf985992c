import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from './clock.js';
import { CONTRACTS, type ContractName } from './contracts.js';
import type { IdempotencyMode } from './rest-v2.js';

/** How a sandbox shall behave. Everything may be left out. */
export interface SandboxOptions {
  /** The key that callers must send as `X-API-Key`; `sandbox-key` by default. */
  readonly apiKey?: string | undefined;
  /** `sandbox-project` by default; paths with another one answer 404, as for the two below. */
  readonly projectId?: string | undefined;
  /** `sandbox-network` by default. */
  readonly networkId?: string | undefined;
  /** `sandbox-app` by default. */
  readonly appId?: string | undefined;
  /** The schema that new assets must name; `sandbox-schema` by default. */
  readonly assetSchemaId?: string | undefined;
  /**
   * Milliseconds from a block's first transaction until the block is cut. 0, the default, commits each write before it
   * is answered; Fabric's own default is 2000.
   */
  readonly blockTime?: number | undefined;
  /** How many waiting transactions cut a block early; 500 by default, as `MaxMessageCount` in Fabric's sample config. */
  readonly blockSize?: number | undefined;
  /** How the contract keeps tokens, and so which writes of one block conflict; `balances` by default. */
  readonly contract?: ContractName | undefined;
  /** Where time comes from; the computer's clock by default. */
  readonly clock?: Clock | undefined;
  /** Numbers from 0 up to 1 that ids are made of, for ids that are the same in every run; node:crypto by default. */
  readonly random?: (() => number) | undefined;
  /** A file that keeps the ledger: created if it is missing, read back if it is there. In memory only by default. */
  readonly dataFile?: string | undefined;
  /** How far idempotency keys are known; `header` by default. */
  readonly idempotency?: IdempotencyMode | undefined;
  /** Hears what somebody should look at: a dropped last line, a failing disk. A warning of the process by default. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Fabric's sample configuration, `configtx.yaml`: `BatchSize.MaxMessageCount`. */
const FABRIC_MAX_MESSAGE_COUNT = 500;
/** Node's timers cannot wait any longer. */
const MAX_BLOCK_TIME = 2 ** 31 - 1;

/** @throws RangeError that names an option which cannot be. */
export function resolveOptions(options: SandboxOptions) {
  const { random } = options;
  const settings = {
    apiKey: options.apiKey ?? 'sandbox-key',
    projectId: options.projectId ?? 'sandbox-project',
    networkId: options.networkId ?? 'sandbox-network',
    appId: options.appId ?? 'sandbox-app',
    assetSchemaId: options.assetSchemaId ?? 'sandbox-schema',
    blockTime: options.blockTime ?? 0,
    blockSize: options.blockSize ?? FABRIC_MAX_MESSAGE_COUNT,
    contract: options.contract ?? 'balances',
    clock: options.clock ?? systemClock,
    nonce: random ? () => hexFrom(random) : () => randomBytes(32).toString('hex'),
    dataFile: options.dataFile,
    idempotency: options.idempotency ?? 'header',
    warn: options.onWarning ?? ((message: string) => process.emitWarning(message, 'SpydraSandboxWarning')),
  };
  const { apiKey, blockTime, blockSize, contract, idempotency } = settings;
  refuseUnless(/^[\x21-\x7e]+$/.test(apiKey), 'apiKey must be visible ASCII characters.');
  refuseUnless(blockTime >= 0 && blockTime <= MAX_BLOCK_TIME, `blockTime must be from 0 to ${MAX_BLOCK_TIME} ms.`);
  refuseUnless(Number.isSafeInteger(blockSize) && blockSize >= 1, 'blockSize must be a whole number from 1.');
  refuseUnless(Object.hasOwn(CONTRACTS, contract), 'contract must be balances or deltas.');
  refuseUnless(['header', 'filter', 'none'].includes(idempotency), 'idempotency must be header, filter or none.');
  return settings;
}

function refuseUnless(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(message);
}

function hexFrom(random: () => number): string {
  return Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('');
}
