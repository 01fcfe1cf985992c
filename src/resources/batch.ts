import * as z from 'zod/mini';
import { callSchema } from '../calls.js';
import type { CallOptions, WriteOptions } from '../core/call.js';
import { ignoreFailure } from '../core/ignore-failure.js';
import { atLeast, bool, matches, whole } from '../core/schemas.js';
import { aFunction, validate } from '../core/validate.js';
import { SpydraError } from '../errors.js';

/** Options of a batch. `deadline` and `timeout` bound each write; `signal` ends all writes that are left. */
export interface BatchOptions<I> extends CallOptions {
  /**
   * Names the batch: run again with the same key and inputs, also by another process, it makes only the writes that are
   * missing. When another process may on servers of the REST API: docs/safe-writes.md. 1 to 150 visible ASCII characters
   * without `#`. Default: each run writes everything.
   */
  readonly batchKey?: string | undefined;
  /**
   * Names an input within the batch: 1 to 100 visible ASCII characters, different for each input. Default: its index,
   * which is right if every run gets the same inputs in the same order. Needs a `batchKey`.
   */
  readonly itemKey?: ((input: I, index: number) => string) | undefined;
  /** How many writes run at once. Default 16; on a ledger that puts many into a transaction, as many as that. */
  readonly concurrency?: number | undefined;
  /** Whether to wait for each commit. Default `true`. */
  readonly confirm?: boolean | undefined;
  /** Called when the write of an input has ended. It is not awaited; what it throws or rejects with is ignored. */
  readonly onProgress?: ((progress: BatchProgress) => unknown) | undefined;
}

/** How far a batch has come, in inputs. */
export interface BatchProgress {
  readonly total: number;
  readonly done: number;
  /** This run applied nothing for them. An earlier run under the batch key may have. */
  readonly notApplied: number;
  /** Failed with an unknown outcome: run the batch again under its key. */
  readonly unknown: number;
}

/** The result of each input, in their order; the `reason` of a rejected one is the error of its write. */
export type BatchResult<R> = PromiseSettledResult<R>[];

const batchOptions = z
  .strictObject({
    ...callSchema.shape,
    batchKey: z.optional(
      z.string().check(matches(/^[\x21\x22\x24-\x7e]{1,150}$/, 'must be 1 to 150 visible ASCII characters without #')),
    ),
    itemKey: z.optional(aFunction<(input: never, index: number) => string>()),
    concurrency: z.optional(whole('must be whole').check(atLeast(1, 'must be 1 or more'))),
    confirm: z.optional(bool()),
    onProgress: z.optional(aFunction<(progress: BatchProgress) => unknown>()),
  })
  .check(
    z.refine(({ batchKey, itemKey }) => batchKey !== undefined || itemKey === undefined, {
      path: ['itemKey'],
      error: 'needs a batchKey',
    }),
  );
const anyInputs = z.array(z.custom<unknown>());
const itemKeys = z
  .array(z.string().check(matches(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 visible ASCII characters')))
  .check(
    z.check(({ value: keys, issues }) => {
      const first = new Map<string, number>();
      for (const [index, key] of keys.entries()) {
        const earlier = first.get(key);
        if (earlier === undefined) first.set(key, index);
        // Two inputs under one key would be one write.
        else {
          const message = `must differ from that of input ${earlier}`;
          issues.push({ code: 'custom', path: [index], message, input: key });
        }
      }
    }),
  );

/** Writes for every input, a few at once; a write that fails does not stop the others. */
export async function writeMany<I, R>(
  inputs: readonly I[],
  options: BatchOptions<I> = {},
  write: (input: I, options: WriteOptions) => Promise<R>,
  batchSize = 16,
): Promise<BatchResult<R>> {
  const given: readonly unknown[] = inputs;
  const ofAny: BatchOptions<never> = options;
  const items = [...validate(anyInputs, given, 'inputs')] as I[];
  validate(batchOptions, ofAny, 'options');
  const { batchKey, itemKey, concurrency = batchSize, onProgress, ...each } = options;
  const keys = batchKey === undefined ? [] : keysOf(items, batchKey, itemKey);
  const tally = { done: 0, notApplied: 0, unknown: 0 };

  const one = async (input: I, index: number): Promise<PromiseSettledResult<R>> => {
    const [result] = await Promise.allSettled([write(input, { ...each, idempotencyKey: keys[index] })]);
    tally[outcomeOf(result)]++;
    // A callback must not stop the writes that are left.
    ignoreFailure(() => onProgress?.({ total: items.length, ...tally }));
    return result;
  };
  const results: BatchResult<R> = [];
  const left = items.entries();
  const writeNext = async () => {
    for (const [index, input] of left) results[index] = await one(input, index);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, writeNext));
  return results;
}

function keysOf<I>(items: readonly I[], batchKey: string, itemKey: BatchOptions<I>['itemKey']): string[] {
  const keys = items.map((item, index) => (itemKey ? itemKey(item, index) : String(index)));
  // A promise is refused below as no key; its rejection must not end the process.
  for (const key of keys) ignoreFailure(() => key);
  return validate(itemKeys, keys, 'itemKey').map((key) => `${batchKey}#${key}`);
}

function outcomeOf(result: PromiseSettledResult<unknown>): 'done' | 'notApplied' | 'unknown' {
  if (result.status === 'fulfilled') return 'done';
  const { reason } = result;
  return reason instanceof SpydraError && reason.outcome === 'not-applied' ? 'notApplied' : 'unknown';
}
