import type { ErrorCode } from '../error-codes.js';
import type { WriteType } from '../known-values.js';
import { channel } from './channels.js';

/** Published on the channel `spydra-sdk:request` when an attempt at a request has ended. */
export interface RequestEvent {
  /** As in `GET …/assets/:id`: without ids, so there are few of them. */
  readonly request: string;
  readonly method: string;
  /** HTTP status; undefined without a response. */
  readonly status: number | undefined;
  /** Code of the error that the attempt ended with; undefined where it went well. */
  readonly code: ErrorCode | undefined;
  /** Milliseconds from sending to the whole response. */
  readonly ms: number;
  /** From 1. */
  readonly attempt: number;
  /** What was sent as `X-Request-Id`. */
  readonly requestId: string;
}

/** Published on the channel `spydra-sdk:retry` when a request waits before it is sent again. */
export interface RetryEvent {
  /** As in `GET …/assets/:id`. */
  readonly request: string;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds to wait. */
  readonly wait: number;
  /** Code of the error that it failed with. */
  readonly code: ErrorCode;
  readonly requestId: string;
}

/** Published on the channel `spydra-sdk:write` when a write has ended; not for input that was refused. */
export interface WriteEvent {
  /** A purchase is a transfer, and publishing is an update. */
  readonly type: WriteType | 'metadata';
  /** `'accepted'`: taken, where the caller wanted no more; documents end so, for they leave no transaction. */
  readonly outcome: 'committed' | 'accepted' | 'not-applied' | 'unknown';
  /** Code of the error that the call ended with; undefined where it went well. */
  readonly code: ErrorCode | undefined;
  /** Milliseconds of the whole call. */
  readonly ms: number;
  /** Milliseconds from the last submission until its commit was seen; undefined where this call saw no commit of its own. */
  readonly commitMs: number | undefined;
  /** How often the write was sent, after a read conflict too; 0 if an earlier call under the key had sent it. */
  readonly submissions: number;
  readonly transactionId: string | undefined;
  readonly idempotencyKey: string;
}

export const requestEvents = channel<RequestEvent>('spydra-sdk:request');
export const retryEvents = channel<RetryEvent>('spydra-sdk:retry');
export const writeEvents = channel<WriteEvent>('spydra-sdk:write');
