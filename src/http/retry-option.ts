import * as z from 'zod';
import type { RetryPolicy } from '../core/retry.js';
import { aFunction } from '../core/validate.js';

/** Bounded: p-retry computes with powers of two. */
const MAX_RETRIES = 1_000;

const NEITHER = 'must be a number or a policy, such as fullJitter({ limit: 5 })';

export const retryLimit = z
  .number(NEITHER)
  .int('must be whole')
  .min(0, 'must not be negative')
  .max(MAX_RETRIES, 'must be 1,000 or less');

const optionalFunction = aFunction<never>().optional();

export const retryPolicy = z
  .looseObject(
    { limit: retryLimit.optional(), retry: optionalFunction, delay: optionalFunction, success: optionalFunction },
    NEITHER,
  )
  // What has none of them is something else, such as the options of another library.
  .refine(({ limit, retry, delay }) => limit !== undefined || retry || delay, 'must have a limit, retry or delay');

/** What the option `retries` may hold: how often, or a policy. It is passed on as it is. */
export const retriesOption: z.ZodType<number | RetryPolicy, number | RetryPolicy> = z
  .custom<number | RetryPolicy>()
  .superRefine((value, context) => {
    const schema = typeof value === 'object' && value !== null ? retryPolicy : retryLimit;
    for (const { path, message } of schema.safeParse(value).error?.issues ?? []) {
      context.addIssue({ code: 'custom', path, message });
    }
  });
