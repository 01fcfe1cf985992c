import { isLosslessNumber } from 'lossless-json';
import * as z from 'zod/mini';
import type { Json } from './json.js';

/** The contract's limit. */
const MAX_LENGTH = 1_000;
const IN_SIZE = `of ${MAX_LENGTH} digits or fewer`;
const NOT_WHOLE = `must be a whole number of tokens, ${IN_SIZE}`;

/** 1 token or more: a JSON number or a string of digits in, such as `7.0` and `1e30`; a string of digits out. */
export const positiveQuantity = amount((value) => {
  const digits = typeof value === 'string' ? wholeText(value) : decimalIn(value);
  if (digits === undefined || digits.includes('.')) return { problem: NOT_WHOLE };
  return digits === '0' ? { problem: 'must be a whole number of tokens above zero' } : { text: digits };
});

/** US dollars, 0 or more: a JSON number or a decimal string in; the shortest decimal string of the same amount out. */
export const money = amount((value) => {
  const text = decimalIn(value);
  return text === undefined ? { problem: `must be an amount in US dollars, 0 or more, ${IN_SIZE}` } : { text };
});

type Read = { readonly text: string; readonly problem?: undefined } | { readonly problem: string };

function amount(read: (value: Json) => Read) {
  return z.pipe(
    z.custom<Json>(() => true),
    z.transform((value, context): string => {
      const result = read(value);
      if (result.problem === undefined) return result.text;
      context.issues.push({ code: 'custom', input: value, message: result.problem });
      return z.NEVER;
    }),
  );
}

function wholeText(text: string): string | undefined {
  return /^\d+$/.test(text) && text.length <= MAX_LENGTH ? BigInt(text).toString() : undefined;
}

/** Without exponent and zeros at the ends; undefined for what is no amount, or too long. */
function decimalIn(value: Json): string | undefined {
  const text = typeof value === 'string' || isLosslessNumber(value) ? value.toString() : '';
  const [, integer, fraction = '', exponent = '0'] = /^(0|[1-9]\d*)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const isBounded = text.length <= MAX_LENGTH && Math.abs(Number(exponent)) <= 2 * MAX_LENGTH;
  if (integer === undefined || !isBounded) return undefined;
  const point = integer.length + Number(exponent);
  const digits = integer + fraction;
  const whole = digits.slice(0, Math.max(0, point)).padEnd(point, '0').replace(/^0+/, '');
  const rest = ('0'.repeat(Math.max(0, -point)) + digits.slice(Math.max(0, point))).replace(/0+$/, '');
  const decimal = (whole || '0') + (rest && `.${rest}`);
  return decimal.length <= MAX_LENGTH ? decimal : undefined;
}
