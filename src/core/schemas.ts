import * as z from 'zod/mini';

/*
 * Schemas for which zod's own ones bring more code than they save here. Every message completes a sentence that begins
 * with the field's name.
 */

/** One of these texts. */
export const oneOf = <const Text extends string>(texts: readonly Text[], message: string): z.ZodMiniType<Text, Text> =>
  z.custom<Text>((value) => texts.includes(value as Text), message);

/** A safe integer. */
export const whole = (message?: string): z.ZodMiniType<number, number> =>
  z.custom<number>(Number.isSafeInteger, message);

/** A finite number. */
export const finite = (message?: string): z.ZodMiniType<number, number> => z.custom<number>(Number.isFinite, message);

/** True or false. */
export const bool = (message = 'must be a boolean'): z.ZodMiniType<boolean, boolean> =>
  z.custom<boolean>((value) => typeof value === 'boolean', message);

/** A text that passes the check, or null. */
export const textOrNull = (
  isValid: (text: string) => boolean = () => true,
): z.ZodMiniType<string | null, string | null> =>
  z.custom<string | null>((value) => value === null || (typeof value === 'string' && isValid(value)));

/** A check that a text matches the pattern. */
export const matches = (pattern: RegExp, message?: string) => z.refine<string>((value) => pattern.test(value), message);

export const atLeast = (least: number, message?: string) => z.refine<number>((value) => value >= least, message);
export const atMost = (most: number, message?: string) => z.refine<number>((value) => value <= most, message);
export const above = (bound: number, message?: string) => z.refine<number>((value) => value > bound, message);
export const below = (bound: number, message?: string) => z.refine<number>((value) => value < bound, message);

/** A check by a function that returns what is wrong with the value, if anything. */
export const without = <T>(problem: (value: T) => string | undefined) =>
  z.refine<T>((value) => problem(value) === undefined, { error: ({ input }) => problem(input as T) });

/** A schema that depends on the value. It checks the value and passes it on as it is. */
export const depending = <T>(schemaFor: (value: unknown) => z.ZodMiniType): z.ZodMiniType<T, T> =>
  z.custom<T>().check(({ value, issues }) => {
    for (const { path, message } of schemaFor(value).safeParse(value).error?.issues ?? []) {
      issues.push({ code: 'custom', path, message, input: value });
    }
  });
