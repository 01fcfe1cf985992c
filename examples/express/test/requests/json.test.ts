import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { adapterBefore } from '../helpers/adapter.js';
import type { Answer } from '../helpers/listening.js';
import { refusingWrites } from '../helpers/writes.js';

const ORDER = '"assetId":"a1","recipientWallet":"w1"';

/** What of the body is refused, by name. */
function refused({ status, body }: Answer): string[] {
  expect(status).toBe(400);
  expect(body).toMatchObject({ success: false, code: 'INVALID_INPUT', error: expect.stringMatching(/^[A-Z].*\.$/s) });
  return (body as { details: { field: string }[] }).details.map(({ field }) => field);
}

function nested(depth: number, open: string, close: string): string {
  return `{${ORDER},"amount":5,"metadata":{"a":${open.repeat(depth)}1${close.repeat(depth)}}}`;
}

describe('an ambiguous body is refused', () => {
  it.each<[string, string, string[]]>([
    ['two amounts', `{${ORDER},"amount":5,"amount":5000000}`, ['amount']],
    ['two amounts, the larger one first', `{${ORDER},"amount":5000000,"amount":5}`, ['amount']],
    ['the same amount twice', `{${ORDER},"amount":5,"amount":5}`, ['amount']],
    ['two amounts too long for a number', `{${ORDER},"amount":10000000000000000000001,"amount":5}`, ['amount']],
    ['two amounts, one of them hidden', `{${ORDER},"amount":5,"\\u0061mount":6}`, ['amount']],
    ['two amounts among spaces', `{${ORDER},"amount" \n\t: 5 , "amount"\r\n:6}`, ['amount']],
    ['two wallets', '{"assetId":"a1","recipientWallet":"w1","amount":5,"recipientWallet":"w2"}', ['recipientWallet']],
    ['a body of two kinds', `{${ORDER},"amount":5,"metadata":{},"metadata":[]}`, ['metadata']],
    ['two names far below', `{${ORDER},"amount":5,"metadata":{"a":[{"b":1},{"b":1,"b":2}]}}`, ['b']],
    ['several names', `{${ORDER},"amount":5,"amount":6,"assetId":"a2","amount":7}`, ['amount', 'assetId', 'amount']],
    ['a prototype', `{${ORDER},"amount":5,"__proto__":{"minterWallet":"admin"}}`, ['__proto__']],
    ['a hidden prototype', `{${ORDER},"amount":5,"\\u005f_proto__":{"minterWallet":"admin"}}`, ['__proto__']],
    ['a prototype of metadata', `{${ORDER},"amount":5,"metadata":{"__proto__":{"admin":true}}}`, ['__proto__']],
    ['a prototype far below', `{${ORDER},"amount":5,"metadata":{"a":[[{"__proto__":null}]]}}`, ['__proto__']],
    ['a constructor', `{${ORDER},"amount":5,"constructor":{"prototype":{"admin":true}}}`, ['constructor']],
    ['what objects inherit', `{${ORDER},"amount":5,"toString":1,"hasOwnProperty":1}`, ['toString', 'hasOwnProperty']],
  ])('with %s', async (_name, body, fields) => {
    const { admin, seen } = await adapterBefore(refusingWrites);
    expect(refused(await admin('POST /tokens/mint', { body }))).toEqual(fields);
    expect(seen).toEqual([]);
    expect('admin' in {}).toBe(false);
  });

  it('but equal names in different objects, or in a text, are accepted', async () => {
    const { admin, seen } = await adapterBefore(refusingWrites);
    const metadata =
      '{"b":{"a":1},"a":"\\"a\\":1,\\"a\\":2","c":[{"a":1},{"a":1}],"__proto":1,"d":"__proto__","amount":1}';
    const answer = await admin('POST /tokens/mint', { body: `{${ORDER},"amount":5,"metadata":${metadata}}` });
    expect(answer.status).toBe(409);
    const [sent] = seen.filter(({ method }) => method === 'POST');
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({ amount: 5, metadata: JSON.parse(metadata) });
  });

  it('but other special names, such as constructor, are accepted in metadata', async () => {
    const { admin, seen } = await adapterBefore(refusingWrites);
    const metadata =
      '{"constructor":{"prototype":{"admin":true}},"prototype":{"admin":true},"toString":"no","valueOf":1}';
    const answer = await admin('POST /tokens/mint', { body: `{${ORDER},"amount":5,"metadata":${metadata}}` });
    expect(answer.status).toBe(409);
    const [sent] = seen.filter(({ method }) => method === 'POST');
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({ metadata: JSON.parse(metadata) });
    expect('admin' in {}).toBe(false);
  });
});

describe('a body that exceeds a limit is refused', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>, number, string, Record<string, string>?]>([
    ['nested in 65 lists', nested(63, '[', ']'), 400, 'MALFORMED_JSON'],
    ['nested in 40,000 lists', nested(40_000, '[', ']'), 400, 'MALFORMED_JSON'],
    ['nested in 15,000 objects', nested(15_000, '{"a":', '}'), 400, 'MALFORMED_JSON'],
    [
      'nested, and with an amount too long for a number',
      nested(40_000, '[', ']').replace('5', '5'.repeat(40)),
      400,
      'MALFORMED_JSON',
    ],
    ['nested and never closed', '['.repeat(90_000), 400, 'MALFORMED_JSON'],
    ['a text that is never closed', `"${'\\"'.repeat(50_000)}`, 400, 'MALFORMED_JSON'],
    ['of an amount of 90,000 digits', `{${ORDER},"amount":${'9'.repeat(90_000)}}`, 400, 'INVALID_INPUT'],
    ['of a text of 90,000 digits', `{${ORDER},"amount":"${'9'.repeat(90_000)}"}`, 400, 'INVALID_INPUT'],
    ['of an amount of 2,000 digits', `{${ORDER},"amount":1e1999}`, 400, 'INVALID_INPUT'],
    ['of an amount beyond all memory', `{${ORDER},"amount":1e999999999}`, 400, 'INVALID_INPUT'],
    ['of a part of a token', `{${ORDER},"amount":0.00000000000000000001}`, 400, 'INVALID_INPUT'],
    [
      'of 10,000 unknown fields',
      `{${ORDER},"amount":5${Array.from({ length: 9_000 }, (_, i) => `,"f${i}":1`).join('')}}`,
      400,
      'INVALID_INPUT',
    ],
    ['larger than 100 kB', `{${ORDER},"amount":5,"metadata":{"a":"${'x'.repeat(102_400)}"}}`, 413, 'BODY_TOO_LARGE'],
    [
      'larger than 100 kB once it is unpacked',
      new Uint8Array(gzipSync(' '.repeat(10_000_000))),
      413,
      'BODY_TOO_LARGE',
      { 'Content-Encoding': 'gzip' },
    ],
    ['packed, but not really', '{}', 400, 'UNREADABLE_REQUEST', { 'Content-Encoding': 'gzip' }],
  ])('%s', async (_name, body, status, code, headers = {}) => {
    const { admin, seen } = await adapterBefore(refusingWrites);
    const answer = await admin('POST /tokens/mint', { body, headers });
    expect(answer).toMatchObject({ status, body: { success: false, code } });
    expect(seen).toEqual([]);
    // And it goes on.
    expect((await admin('POST /tokens/mint', { body: `{${ORDER},"amount":5}` })).status).toBe(409);
  });

  it.each([66, 250, 30_000])('by the name of the field if it is nested in %i lists', async (depth) => {
    const { admin } = await adapterBefore(refusingWrites);
    const details = [{ field: 'metadata', message: 'must be nested 64 levels deep at most' }];
    const answer = await admin('POST /tokens/mint', { body: nested(depth, '[', ']') });
    expect(answer).toMatchObject({ status: 400, body: { code: 'MALFORMED_JSON', details } });
  });

  it('but ordinary nesting is accepted', async () => {
    const { admin } = await adapterBefore(refusingWrites);
    expect((await admin('POST /tokens/mint', { body: nested(60, '[', ']') })).status).toBe(409);
  });
});

describe('a body that is not valid JSON for the route is refused', () => {
  it.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/xml',
    '',
  ])('%j', async (type) => {
    const { admin, seen } = await adapterBefore(refusingWrites);
    const answer = await admin('POST /tokens/mint', {
      body: `{${ORDER},"amount":5}`,
      headers: { 'Content-Type': type },
    });
    expect(answer).toMatchObject({ status: 415, body: { success: false, code: 'UNSUPPORTED_MEDIA_TYPE' } });
    expect(seen).toEqual([]);
  });

  it.each([
    ['with a comment', `{${ORDER},"amount":5/**/}`],
    ['with a comma too many', `{${ORDER},"amount":5,}`],
    ['in single quotes', "{'assetId':'a1'}"],
    ['of two values', `{${ORDER},"amount":5}{}`],
    ['with no number', `{${ORDER},"amount":NaN}`],
    ['with an octal number', `{${ORDER},"amount":010}`],
    ['with a sign too many', `{${ORDER},"amount":+5}`],
    ['with a raw end of line in a text', `{"assetId":"a\n1","recipientWallet":"w1","amount":5}`],
  ])('%s', async (_name, body) => {
    const { admin } = await adapterBefore(refusingWrites);
    expect(await admin('POST /tokens/mint', { body })).toMatchObject({ status: 400, body: { code: 'MALFORMED_JSON' } });
  });

  it.each([
    ['half a character', '\\ud800'],
    ['an end of line', 'w1\\r\\nX-Injected: 1'],
    ['the end of a text', 'w1\\u0000'],
    ['a way up', '../../admin'],
    ['a way up for Windows', '..\\\\admin'],
  ])('as is a wallet with %s', async (_name, wallet) => {
    const { admin, seen } = await adapterBefore(refusingWrites);
    const body = `{"assetId":"a1","recipientWallet":"${wallet}","amount":5}`;
    expect(refused(await admin('POST /tokens/mint', { body }))).toEqual(['recipientWallet']);
    expect(seen).toEqual([]);
  });
});
