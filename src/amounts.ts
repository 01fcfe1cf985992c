import Big from 'big.js';

/** Whole tokens as a caller may give them: `bigint`, a safe integer, or decimal digits. */
export type QuantityInput = bigint | number | string;

/** US dollars as a caller may give them: a decimal string, `bigint`, or a `number` of at most 15 digits. */
export type MoneyInput = string | bigint | number;

/** Digits of a price: after the point, or significant ones at least where it is below a dollar. */
const PRICE_DIGITS = 18;

/** More digits than any ledger holds: the bound that keeps hostile numbers cheap. */
const MAX_DIGITS = 1_000;
const MAX_QUANTITY = 10n ** BigInt(MAX_DIGITS);

/** A constructor of our own: settings on the shared one belong to whoever else uses big.js in the process. */
function decimalsOf(digits: number) {
  const Exact = Big();
  Exact.DP = digits;
  Exact.RM = Exact.roundHalfEven;
  return Exact;
}
const Decimal = decimalsOf(PRICE_DIGITS);

const WHOLE = /^\d+$/;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;
const SCIENTIFIC = /^(-?\d+(?:\.\d+)?)[eE]([+-]?\d+)$/;

/** Why a value is refused; the message completes a sentence that begins with the field's name. */
export class AmountProblem extends Error {}

/**
 * Reads a token quantity above zero.
 *
 * @throws AmountProblem for zero, negative, fractional, non-decimal or unsafe values.
 */
export function parseQuantity(value: unknown): bigint {
  const quantity = toWhole(value);
  if (quantity <= 0n) throw new AmountProblem('must be above zero');
  if (quantity >= MAX_QUANTITY) throw new AmountProblem(`must have ${MAX_DIGITS} digits or fewer`);
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
  const text = typeof value === 'number' ? textOfNumber(value) : String(value);
  const ours = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string';
  const decimal = ours ? exactDecimal(text) : undefined;
  if (decimal === undefined) throw new AmountProblem('must be a decimal amount such as "1250.50"');
  if (decimal.startsWith('-')) throw new AmountProblem('must not be negative');
  return decimal;
}

function textOfNumber(value: number): string {
  if (!Number.isFinite(value)) throw new AmountProblem('must be a finite amount');
  const text = String(value);
  // A float holds any decimal of 15 significant digits, and gives it back; beyond that it may hold another one.
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

/** The number that a JSON or decimal text denotes, written out in full, or `undefined` if it is none. */
export function exactDecimal(text: string): string | undefined {
  if (text.length > MAX_DIGITS) return undefined;
  const scientific = SCIENTIFIC.exec(text);
  if (scientific ? Math.abs(Number(scientific[2])) > MAX_DIGITS : !DECIMAL.test(text)) return undefined;
  const decimal = new Decimal(text).toFixed();
  return decimal === '-0' ? '0' : decimal;
}

/** The whole number, zero or more, that a text denotes, or `undefined` if it is none. */
export function exactWhole(text: string): bigint | undefined {
  const decimal = exactDecimal(text);
  return decimal !== undefined && WHOLE.test(decimal) ? BigInt(decimal) : undefined;
}

/**
 * Price of one token in US dollars, rounded half to even: to 18 digits after the point, or to at least 18 significant
 * digits where it is below a dollar, so that a price never becomes zero.
 */
export function pricePerToken(totalValue: string, totalSupply: bigint): string {
  const value = new Decimal(totalValue);
  const supply = new Decimal(totalSupply.toString());
  const exponent = value.e - supply.e - 1;
  const Exact = decimalsOf(PRICE_DIGITS + Math.max(0, -exponent - 1));
  return new Exact(value).div(new Exact(supply)).toFixed();
}

/** Exact value of a holding in US dollars. */
export function worth(quantity: bigint, price: string): string {
  return new Decimal(price).times(new Decimal(quantity.toString())).toFixed();
}

/** Exact sum of amounts of money. */
export function sum(amounts: readonly string[]): string {
  return amounts.reduce((total, amount) => total.plus(new Decimal(amount)), new Decimal(0)).toFixed();
}
