/**
 * An emulation of Spydra, for tests and development.
 *
 * @packageDocumentation
 */
export type { Block, BlockTransaction } from './block.js';
export type { ContractEvent } from './chain.js';
export { type Clock, type ManualClock, manualClock, scaledClock, systemClock } from './clock.js';
export type { CorsOrigins } from './cors.js';
export type { Json, JsonObject } from './json.js';
export type { SandboxOptions } from './options.js';
export type { PlatformOptions } from './platform-options.js';
export type { IdempotencyMode } from './rest-v2.js';
export { createSandbox, type Sandbox, type SandboxConnection } from './sandbox.js';
export type { SeededAsset, SeededWorld } from './seed.js';
export type { ListenOptions, SandboxServer } from './server.js';
export type { TransactionDetails } from './transaction.js';
export type { ValidationCode } from './world-state.js';
