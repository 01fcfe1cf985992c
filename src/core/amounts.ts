/** Whole tokens as a caller may give them: `bigint`, a safe integer, or decimal digits. */
export type QuantityInput = bigint | number | string;

/** US dollars as a caller may give them: a decimal string, `bigint`, or a `number` of at most 15 digits. */
export type MoneyInput = string | bigint | number;

/** Digits of a price: after the point, or significant ones at least where it is below a dollar. */
const PRICE_DIGITS = 18;

/** More digits than any ledger holds: the bound that keeps hostile numbers cheap. */
const MAX_DIGITS = 1_000;
/** Beyond the exponents of floats, which write them: a few characters must not become thousands of digits. */
const MAX_EXPONENT = 400;
const MAX_QUANTITY = 10n ** BigInt(MAX_DIGITS);

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Why a value is refused; the message completes a sentence that begins with the field's name. */
export class AmountProblem extends Error {}

const TOO_LONG = `must have ${MAX_DIGITS} digits or fewer`;

/**
 * Why a value cannot be a token quantity, or `undefined` if it can; the message completes a sentence that begins with
 * the field's name. A quantity is whole tokens above zero, of 1,000 digits at most.
 *
 * @example
 * ```ts
 * quantityProblem('1.5'); // 'must be whole tokens as a bigint, a safe integer or a string of decimal digits'
 * quantityProblem(100n); // undefined
 * ```
 */
export function quantityProblem(value: unknown): string | undefined {
  return problemOf(parseQuantity, value);
}

/**
 * Why a value cannot be an amount of US dollars, or `undefined` if it can; the message completes a sentence that begins
 * with the field's name. An amount is zero or more, of 1,000 digits at most without an exponent.
 *
 * @example
 * ```ts
 * moneyProblem('-1'); // 'must not be negative'
 * moneyProblem('1250.50'); // undefined
 * ```
 */
export function moneyProblem(value: unknown): string | undefined {
  return problemOf(parseMoney, value);
}

function problemOf(parse: (value: unknown) => unknown, value: unknown): string | undefined {
  try {
    parse(value);
    return undefined;
  } catch (error) {
    if (error instanceof AmountProblem) return error.message;
    throw error;
  }
}

/**
 * Reads a token quantity above zero.
 *
 * @throws AmountProblem for zero, negative, fractional, non-decimal or unsafe values.
 */
export function parseQuantity(value: unknown): bigint {
  const quantity = toWhole(value);
  if (quantity <= 0n) throw new AmountProblem('must be above zero');
  if (quantity >= MAX_QUANTITY) throw new AmountProblem(TOO_LONG);
  return quantity;
}

function toWhole(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new AmountProblem('must be a finite number of whole tokens');
    if (!Number.isInteger(value)) throw new AmountProblem('must be a whole number of tokens');
    if (!Number.isSafeInteger(value)) throw new AmountProblem('is above 2^53 as a number: give a bigint or a string');
    return BigInt(value);
  }
  if (typeof value !== 'string' || value.length > MAX_DIGITS || !/^-?\d+$/.test(value)) {
    throw new AmountProblem('must be whole tokens as a bigint, a safe integer or a string of decimal digits');
  }
  return BigInt(value);
}

/**
 * Reads an amount of money, zero or more, as its exact decimal string: no exponent, no trailing zeros.
 *
 * @throws AmountProblem for negative or non-decimal values, and for a `number` whose digits a float may have changed.
 */
export function parseMoney(value: unknown): string {
  const text = textOfMoney(value);
  const decimal = exactDecimal(text);
  // What is a number, but was not read, is too long.
  if (decimal === undefined && NUMBER.test(text)) throw new AmountProblem(TOO_LONG);
  if (decimal === undefined) throw new AmountProblem('must be a decimal amount such as "1250.50"');
  if (decimal.startsWith('-')) throw new AmountProblem('must not be negative');
  // An exponent expands to many digits, and what is written must be readable again.
  if (decimal.length > MAX_DIGITS) throw new AmountProblem(TOO_LONG);
  return decimal;
}

function textOfMoney(value: unknown): string {
  if (typeof value === 'number') return textOfNumber(value);
  return typeof value === 'string' || typeof value === 'bigint' ? String(value) : '';
}

function textOfNumber(value: number): string {
  if (!Number.isFinite(value)) throw new AmountProblem('must be a finite amount');
  const text = String(value);
  // A float round-trips any decimal of 15 significant digits; beyond that it may hold another number.
  if (significantDigits(text) > 15) {
    throw new AmountProblem('has more digits than a number holds: give a decimal string');
  }
  return text;
}

/** The digits that carry the value, without sign, point, exponent, leading and trailing zeros. */
function significantDigits(text: string): number {
  return text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '').length;
}

/** A decimal number: `digits` times ten to the power of `exponent`. */
export interface Scientific {
  readonly sign: '' | '-';
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  readonly exponent: number;
}

/** The number that a JSON or decimal text denotes, or `undefined` if it is none, or too large. */
export function scientific(text: string): Scientific | undefined {
  const parts = text.length > MAX_DIGITS ? null : NUMBER.exec(text);
  if (!parts) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = parts;
  const all = whole + fraction;
  let begin = 0;
  let end = all.length;
  while (all[begin] === '0') begin++;
  if (begin === end) return { sign: '', digits: '', exponent: 0 };
  while (all[end - 1] === '0') end--;
  if (Math.abs(Number(power)) > MAX_EXPONENT) return undefined;
  const exponent = Number(power) - fraction.length + all.length - end;
  return { sign: sign === '-' ? '-' : '', digits: all.slice(begin, end), exponent };
}

/** A number written out in full: no exponent, no trailing zeros. */
export function writtenOut({ sign, digits, exponent }: Scientific): string {
  if (exponent >= 0) return `${sign}${digits}${'0'.repeat(exponent)}` || '0';
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** The number as a bigint. */
export function wholeOf({ sign, digits, exponent }: Scientific): bigint {
  return BigInt(`${sign}${digits}`) * powerOfTen(exponent);
}

/** Memoised: computing a power takes far longer than parsing its exponent. */
function powerOfTen(exponent: number): bigint {
  const power = POWERS_OF_TEN.get(exponent) ?? 10n ** BigInt(exponent);
  POWERS_OF_TEN.set(exponent, power);
  return power;
}
const POWERS_OF_TEN = new Map<number, bigint>();

/** Nearly all whole numbers, as they are written out: nothing is to be computed. */
const SMALL = /^(?:0|[1-9]\d{0,17})$/;

/** The number that a JSON or decimal text denotes, written out in full, or `undefined` if it is none. */
export function exactDecimal(text: string): string | undefined {
  if (SMALL.test(text)) return text;
  const number = scientific(text);
  return number && writtenOut(number);
}

/** The whole number, zero or more, that a text denotes, or `undefined` if it is none. */
export function exactWhole(text: string): bigint | undefined {
  if (SMALL.test(text)) return BigInt(text);
  const number = scientific(text);
  return number && number.exponent >= 0 && number.sign === '' ? wholeOf(number) : undefined;
}

/**
 * Price of one token in US dollars, rounded half to even: to 18 digits after the point, or to at least 18 significant
 * digits where it is below a dollar, so that a price never becomes zero.
 *
 * @throws AmountProblem if the price has more digits than are read again.
 */
export function pricePerToken(totalValue: string, totalSupply: bigint): string {
  const value = fixedPoint(totalValue);
  const zeros = digitsOf(totalSupply) - digitsOf(value.units) + value.decimals;
  const decimals = PRICE_DIGITS + Math.max(0, zeros);
  const shift = decimals - value.decimals;
  const dividend = value.units * powerOfTen(Math.max(0, shift));
  const divisor = totalSupply * powerOfTen(Math.max(0, -shift));
  const quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  const isUp = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  const price = textOf({ units: isUp ? quotient + 1n : quotient, decimals });
  if (price.length <= MAX_DIGITS) return price;
  throw new AmountProblem(`must make a pricePerToken of ${MAX_DIGITS} digits or fewer`);
}

/** Exact value of a holding in US dollars. */
export function worth(quantity: bigint, price: string): string {
  const { units, decimals } = fixedPoint(price);
  return textOf({ units: units * quantity, decimals });
}

/** Exact sum of amounts of money. */
export function sum(amounts: readonly string[]): string {
  const all = amounts.map(fixedPoint);
  const decimals = all.reduce((most, each) => Math.max(most, each.decimals), 0);
  const units = all.reduce((total, each) => total + each.units * powerOfTen(decimals - each.decimals), 0n);
  return textOf({ units, decimals });
}

/** A decimal number: `units` divided by ten to the power of `decimals`. */
interface FixedPoint {
  readonly units: bigint;
  readonly decimals: number;
}

function fixedPoint(decimal: string): FixedPoint {
  const [whole = '', fraction = ''] = (exactDecimal(decimal) ?? decimal).split('.');
  return { units: BigInt(whole + fraction), decimals: fraction.length };
}

function textOf({ units, decimals }: FixedPoint): string {
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const fraction = digits.slice(point).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${fraction && `.${fraction}`}`;
}

const digitsOf = (whole: bigint): number => String(whole).length;
