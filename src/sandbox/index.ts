/**
 * An emulation of Spydra, for tests and development.
 *
 * @packageDocumentation
 */
export type { Block, BlockTransaction } from './block.js';
export { type Clock, type ManualClock, manualClock, scaledClock, systemClock } from './clock.js';
export type { ContractName } from './contracts.js';
export type { CorsOrigins } from './cors.js';
export type { Json, JsonObject } from './json.js';
export type { ContractEvent } from './ledger.js';
export type { SandboxOptions } from './options.js';
export type { IdempotencyMode } from './rest-v2.js';
export { createSandbox, type Sandbox, type SandboxConnection } from './sandbox.js';
export type { SeededAsset, SeededWorld } from './seed.js';
export type { ListenOptions, SandboxServer } from './server.js';
export type { TransactionDetails, ValidationCode } from './transaction.js';
