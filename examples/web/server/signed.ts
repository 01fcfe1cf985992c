import { createHmac, timingSafeEqual } from 'node:crypto';
import { config } from './config';

/** What a signed text is for: one that was signed for another purpose is not valid. */
type Purpose = 'session' | 'order';

/** Returns the value as JSON with a signature (HMAC-SHA256): `<base64url>.<base64url>`. It can be read by everyone. */
export function sign(purpose: Purpose, value: object): string {
  const text = Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${text}.${signature(purpose, text).toString('base64url')}`;
}

/** Returns the signed value; undefined if the signature is not valid. */
export function verify(purpose: Purpose, signed: string): unknown {
  const [text = '', given = '', ...more] = signed.split('.');
  const expected = signature(purpose, text);
  const actual = Buffer.from(given, 'base64url');
  // The text of a signature is unique too: base64url has several texts for the same bytes.
  const isValid = actual.length === expected.length && timingSafeEqual(actual, expected);
  if (!isValid || more.length > 0 || expected.toString('base64url') !== given) return undefined;
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
}

function signature(purpose: Purpose, text: string): Buffer {
  return createHmac('sha256', config().webSecret).update(`${purpose}.${text}`).digest();
}
