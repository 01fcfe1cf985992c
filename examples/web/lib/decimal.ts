/*
 * Exact decimals as text. No float takes part: tokens are whole numbers of any length, and money has any number of digits.
 */

/** Digits with an optional fraction; no sign, exponent or separator. */
const DECIMAL = /^(\d+)(?:\.(\d+))?$/;
const WHOLE = /^\d+$/;
/** `1,000,000`: separators only where they belong, so that `1,5` is not read as 15. */
const GROUPED = /^\d{1,3}(?:,\d{3})+$/;

/** A decimal: `units` times ten to the power of `-scale`. */
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** @throws RangeError if the text is not a decimal. */
function parse(text: string): Decimal {
  const [, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) throw new RangeError(`Not a decimal: ${text}`);
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

function print({ units, scale }: Decimal): string {
  const digits = units.toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return fraction ? `${whole}.${fraction}` : whole;
}

/** Returns the whole tokens that a person typed, as digits; undefined if it is no whole number above zero. */
export function wholeTokens(typed: string): string | undefined {
  const text = typed.trim();
  const digits = GROUPED.test(text) ? text.replaceAll(',', '') : text;
  if (!WHOLE.test(digits) || digits.length > 1_000) return undefined;
  const amount = BigInt(digits);
  return amount > 0n ? amount.toString() : undefined;
}

/** Returns the money that a person typed, as a decimal; undefined if it is none above zero. */
export function moneyAboveZero(typed: string): string | undefined {
  const [whole = '', ...rest] = typed
    .trim()
    .replace(/^\$\s*/, '')
    .split('.');
  const text = [GROUPED.test(whole) ? whole.replaceAll(',', '') : whole, ...rest].join('.');
  if (!DECIMAL.test(text) || text.length > 1_000) return undefined;
  const value = parse(text);
  return value.units > 0n ? print(value) : undefined;
}

/** The exact product. */
export function times(a: string, b: string): string {
  const [x, y] = [parse(a), parse(b)];
  return print({ units: x.units * y.units, scale: x.scale + y.scale });
}

/** The exact sum. */
export function sum(values: readonly string[]): string {
  return print(values.map(parse).reduce(add, { units: 0n, scale: 0 }));
}

function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: scaled(a, scale) + scaled(b, scale), scale };
}

function scaled({ units, scale }: Decimal, to: number): bigint {
  return units * 10n ** BigInt(to - scale);
}

/** Below zero if `a` is less than `b`, above if it is more. */
export function compare(a: string, b: string): number {
  const [x, y] = [parse(a), parse(b)];
  const scale = Math.max(x.scale, y.scale);
  const [left, right] = [scaled(x, scale), scaled(y, scale)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Digits after the point of a price; below a dollar at least as many significant ones. */
const PRICE_DIGITS = 18;

/** Value divided by supply, as the ledger's clients round it: half to even. */
export function pricePerToken(totalValue: string, totalSupply: string): string {
  const { units, scale } = parse(totalValue);
  const supply = BigInt(totalSupply);
  if (supply === 0n) throw new RangeError('There is no price without tokens.');
  const divisor = supply * 10n ** BigInt(scale);
  const zeros = exponent(supply) - (exponent(units) - scale);
  const digits = PRICE_DIGITS + Math.max(0, zeros);
  return print({ units: divided(units * 10n ** BigInt(digits), divisor), scale: digits });
}

/** The power of ten of the first digit. */
function exponent(units: bigint): number {
  return units.toString().length - 1;
}

function divided(numerator: bigint, divisor: bigint): bigint {
  const quotient = numerator / divisor;
  const twice = (numerator % divisor) * 2n;
  const isUp = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** `1234567.5` as `1,234,567.5`. */
export function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

/** US dollars with two digits after the point, or as many as there are. */
export function dollars(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  return `$${grouped(whole)}.${fraction.padEnd(2, '0')}`;
}

/** The share of `part` in `whole` in percent, for the length of a bar: at most two digits after the point. */
export function percent(part: string, whole: string): number {
  const [x, y] = [parse(part), parse(whole)];
  const scale = Math.max(x.scale, y.scale);
  const total = scaled(y, scale);
  return total === 0n ? 0 : Number((scaled(x, scale) * 10_000n) / total) / 100;
}
