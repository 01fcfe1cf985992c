import * as fc from 'fast-check';

/*
 * JSON as text: digits, exponents, and names that are given twice are in the text alone.
 */

export type Source = fc.Arbitrary<string>;

const WHOLE = ['0', '1', '2', '5', '00', '-0', '-1', '9007199254740991', '9007199254740992', '9007199254740993'];
const LONG = ['1234567890123456', '12345678901234567', '123456789012345678', '9'.repeat(999), '9'.repeat(1_001)];
const BROKEN = [
  '0.1',
  '1.5',
  '7.0',
  '0.12345678901234567',
  '1234567890.12345678',
  `0.${'0'.repeat(990)}1`,
  '1.e5',
  '.5',
];
const POWERS = ['1e3', '1E+3', '1.50e2', '15e-1', '1e30', '1e-30', '1e308', '1e400', '1e-400', '1e401', '1e999999999'];
const TINY = ['5e-324', '1e-999999999', '9.99e-400', `0.${'0'.repeat(800)}1e-400`, `${'9'.repeat(800)}e300`];
const NUMBERS = [...WHOLE, ...LONG, ...BROKEN, ...POWERS, ...TINY];

const isNumber = (text: string) => /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(text);

const SEEN = [
  'é',
  'Ω',
  'ключ',
  '財産',
  '🏠',
  'ﬁ',
  'Å',
  'ا',
  'a b',
  "d'Arc",
  '%2e',
  '%00',
  'a?b#c',
  'a&b=c',
  '__proto__',
];
const UNSEEN = [
  'e\u0301',
  '\u200b',
  'a\u00adb',
  '\ufeff',
  '\u202e',
  '\ufffd',
  '\ud800',
  'a\udc00',
  'a\u00a0b',
  '\u2800',
  '\u{e0001}',
];
const ODD = [
  '',
  ' ',
  '.',
  '..',
  ' a',
  'a ',
  'a/b',
  'a\\b',
  '\u0000',
  'a\nb',
  '\u007f',
  'null',
  'x'.repeat(257),
  'x'.repeat(2_001),
];
const TEXTS = [...SEEN, ...UNSEEN, ...ODD, ...NUMBERS];

/** Strings of all kinds, not yet encoded as JSON. */
export const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 12 }).map(textOf) },
);

function textOf(codePoints: readonly number[]): string {
  return String.fromCodePoint(...codePoints);
}

const digits = fc.oneof(
  fc.constantFrom(...NUMBERS.filter((text) => !text.startsWith('-'))),
  fc.bigInt(1n, 10n ** 18n).map(String),
  fc.tuple(fc.nat(1_000_000), fc.bigInt(1n, 10n ** 18n)).map(([whole, part]) => `${whole}.${part}`),
);

/** Amounts of 1 to 20, small compared with the wallets. */
const few = fc.integer({ min: 1, max: 20 }).map(String);
export const anyNumber = fc.oneof({ weight: 2, arbitrary: few }, { weight: 3, arbitrary: digits.filter(isNumber) });
export const anyDigits = fc.oneof({ weight: 1, arbitrary: few }, { weight: 2, arbitrary: digits });

const NAMES = ['a', 'b', 'amount', 'idempotencyKey', '__proto__', 'constructor', 'toString', 'isLosslessNumber', ''];
const LEAVES = ['null', 'true', '{}', '[]', '""', '"2026-01-31T12:00:00.000Z"'];
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** Any JSON. */
export const anyJson: Source = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...LEAVES, ...NUMBERS.filter(isNumber)) },
  { weight: 2, arbitrary: anyText.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.constantFrom(60, 70, 150, 250, 5_000).map(nested) },
  { weight: 1, arbitrary: fc.constantFrom(7_900, 8_100, 120_000).map((length) => `"${'m'.repeat(length)}"`) },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...LEAVES, ...NUMBERS.filter(isNumber))), {
        maxLength: 4,
      })
      .map(objectSource),
  },
);

export type Fields = readonly (readonly [name: string, source: string])[];

export function objectSource(fields: Fields): string {
  return `{${fields.map(([name, source]) => `${JSON.stringify(name)}:${source}`).join(',')}}`;
}

/** The fields, some of which may be missing, duplicate, of another type or unknown. */
export function bent(fields: Fields): fc.Arbitrary<Fields> {
  const place = fc.nat(Math.max(0, fields.length - 1));
  const without = (at: number) => fields.filter((_, index) => index !== at);
  const name = fc.oneof(fc.constantFrom(...NAMES), anyText);
  return fc.oneof(
    place.map(without),
    place.map((at) => [...fields, ...fields.slice(at, at + 1)]),
    fc.tuple(name, anyJson).map((extra) => [...fields, extra]),
    fc
      .tuple(place, anyJson)
      .map(([at, source]) => fields.map(([name, same], index) => [name, index === at ? source : same] as const)),
  );
}
