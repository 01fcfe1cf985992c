import { type Check, textThat } from './fields.js';

/** Generous for any supply, and far below where the arithmetic itself would become an attack. */
const MAX_DIGITS = 1_000;

/** Digits of a price: after the point, or significant ones at least where it is below a dollar. */
const PRICE_DIGITS = 18;

/** Whole tokens above zero, as a string of digits: a JSON number would lose some of them in most clients. */
export const quantity: Check<string> = textThat((value) =>
  value.length <= MAX_DIGITS && /^[1-9]\d*$/.test(value)
    ? undefined
    : `must be a whole number of tokens above zero as a string of ${MAX_DIGITS} digits or fewer`,
);

/** US dollars, 0 or more, as the shortest decimal string: no exponent, no zeros at the ends. */
export const money: Check<string> = textThat((value) =>
  value.length <= MAX_DIGITS && /^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/.test(value)
    ? undefined
    : `must be US dollars as the shortest decimal string, 0 or more, of ${MAX_DIGITS} characters or fewer`,
);

/** The price of one token that follows from value and supply, rounded half to even; undefined if it is too long. */
export function pricePerToken(totalValue: string, totalSupply: string): string | undefined {
  const [whole = '', fraction = ''] = totalValue.split('.');
  const places = PRICE_DIGITS + Math.max(0, totalSupply.length - 1 - exponentOf(whole, fraction));
  const dividend = BigInt(whole + fraction) * 10n ** BigInt(places);
  const divisor = BigInt(totalSupply) * 10n ** BigInt(fraction.length);
  const quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  const isUp = twice > divisor || (twice === divisor && quotient % 2n === 1n);
  const price = decimal(isUp ? quotient + 1n : quotient, places);
  return price.length <= MAX_DIGITS ? price : undefined;
}

/** The exponent of a decimal in scientific notation; 0 for zero. */
function exponentOf(whole: string, fraction: string): number {
  if (whole !== '0') return whole.length - 1;
  const zeros = fraction.search(/[1-9]/);
  return zeros < 0 ? 0 : -zeros - 1;
}

function decimal(units: bigint, places: number): string {
  const digits = units.toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '');
  const whole = digits.slice(0, -places);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
