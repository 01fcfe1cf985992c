import { isLosslessNumber, LosslessNumber } from 'lossless-json';
import * as z from 'zod/mini';
import type { Json } from './json.js';

/** An amount in US dollars, with its exact decimal digits. */
export type Money = LosslessNumber;

/** Enough for any supply, and small enough to keep arithmetic cheap. */
const MAX_DIGITS = 1_000;
const IN_SIZE = `of ${MAX_DIGITS} digits or fewer`;

const anything = z.custom<Json>(() => true);

/** Whole tokens, 0 or more: a JSON number or a decimal string in, a bigint out. */
const quantity = z.pipe(
  anything,
  z.transform((value, context): bigint => {
    const whole = wholeNumber(value);
    if (whole !== undefined) return whole;
    context.issues.push({ code: 'custom', input: value, message: `must be a whole number of tokens, ${IN_SIZE}` });
    return z.NEVER;
  }),
);

/** A quantity of at least 1. */
export const positiveQuantity = quantity.check(
  z.refine((value) => value > 0n, 'must be a whole number of tokens above zero'),
);

/** US dollars, 0 or more: a JSON number or a decimal string in; written as a JSON number with the same digits. */
export const money = z.pipe(
  anything,
  z.transform((value, context): Money => {
    const text = typeof value === 'string' || isLosslessNumber(value) ? value.toString() : '';
    const [matched, exponent = '0'] = /^(?:0|[1-9]\d*)(?:\.\d+)?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
    const isBounded = text.length <= MAX_DIGITS && Math.abs(Number(exponent)) <= MAX_DIGITS;
    if (matched !== undefined && isBounded) return new LosslessNumber(text);
    context.issues.push({
      code: 'custom',
      input: value,
      message: `must be an amount in US dollars, 0 or more, ${IN_SIZE}`,
    });
    return z.NEVER;
  }),
);

function wholeNumber(value: Json): bigint | undefined {
  if (typeof value === 'string') return /^\d+$/.test(value) && value.length <= MAX_DIGITS ? BigInt(value) : undefined;
  return isLosslessNumber(value) ? wholeFromNumber(value.value) : undefined;
}

/** Parses whole numbers such as `1e30`, `2.50e2` and `7.0` exactly. */
function wholeFromNumber(text: string): bigint | undefined {
  const [, integer = '', fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (integer === '' || integer.length + fraction.length > MAX_DIGITS) return undefined;
  const digits = integer + fraction;
  const shift = Number(exponent) - fraction.length;
  if (shift >= 0) return digits.length + shift <= MAX_DIGITS ? BigInt(digits + '0'.repeat(shift)) : undefined;
  const cut = Math.max(0, digits.length + shift);
  return /^0*$/.test(digits.slice(cut)) ? BigInt(digits.slice(0, cut)) : undefined;
}
