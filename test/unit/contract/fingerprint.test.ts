import { describe, expect, it } from 'vitest';
import { fingerprintOf, isSameCall } from '../../../src/contract/fingerprint.js';
import { parseJson } from '../../../src/contract/json.js';
import { BACKEND, Channel } from './harness.js';

/** Frozen: a claim on a ledger keeps its fingerprint for ever. The same come out of `sha256sum`. */
const VECTORS = [
  [
    'MintTokens',
    '{"assetId":"asset-1","minterWallet":"issuer","recipientWallet":"alice","amount":"5"}',
    '1:3584b942eb7b934a492f95b89341ae971269a6993ee8a36b0753a50752e5637d',
  ],
  [
    'BurnTokens',
    '{"assetId":"asset-1","minterWallet":"issuer","recipientWallet":"alice","amount":"5"}',
    '1:9f96f7eedcc369447bc6e266758dc3b8bd8146870bf19fe7b8493371dab537b8',
  ],
  [
    'CreateMetadata',
    '{"assetId":"Zürich 🏠","metadata":{"b":[1,1.0,1e3,-0,12345678901234567890,true,null],"a":{"\\u00e9":"\\u2028\\"\\n","10":1,"9":2}}}',
    '1:0f6238b766889ea6f486f4d33b0a987521cdb2ee7eb0673111f91d12e5504db2',
  ],
  [
    'CreateAsset',
    '{"creatorWallet":"i","asset":{}}',
    '1:40a4df1ed3effd23803d55f448e93901fc2d9a6fefe50a46974c8558b45afbbc',
  ],
] as const;

describe('a fingerprint', () => {
  it.each(VECTORS)('of %s %s is %s', (functionName, order, fingerprint) => {
    expect(fingerprintOf(functionName, parseJson(order))).toBe(fingerprint);
    expect(isSameCall(fingerprint, functionName, parseJson(order))).toBe(true);
  });

  it('is stored with the claim', async () => {
    const channel = await Channel.configured();
    const order = { creatorWallet: 'i', asset: { totalSupply: '1', totalValue: '1', name: 'N' } };
    const full = { ...order, asset: { ...order.asset, symbol: 'S', description: '', assetType: 'art' } };
    await channel.submit(BACKEND, 'CreateAsset', full, 'k');
    const { fingerprint } = await channel.evaluate(BACKEND, 'Claim', 'k');
    expect(fingerprint).toBe(fingerprintOf('CreateAsset', parseJson(JSON.stringify(full))));
  });

  it.each([
    ['a digit beyond those of a float', '{"x":12345678901234567890}', '{"x":12345678901234567891}'],
    ['a number and its text', '{"x":1}', '{"x":"1"}'],
    ['null and nothing', '{"x":null}', '{}'],
    ['the order of a list', '{"x":[1,2]}', '{"x":[2,1]}'],
    ['a member named __proto__', '{"__proto__":{"x":1}}', '{}'],
    ['a text with another normal form', '{"x":"\\u00e9"}', '{"x":"e\\u0301"}'],
  ])('differs by %s', (_, one, other) => {
    expect(fingerprintOf('F', parseJson(one))).not.toBe(fingerprintOf('F', parseJson(other)));
  });

  it.each([
    ['the order of names', '{"b":1,"a":{"d":1,"c":2}}', '{"a":{"c":2,"d":1},"b":1}'],
    ['names that look like indexes', '{"2":0,"10":0,"a":0}', '{"a":0,"10":0,"2":0}'],
    ['white space', ' { "a" : [ 1 , 2 ] } ', '{"a":[1,2]}'],
    ['escapes', '{"\\u0061":"\\/\\u0041"}', '{"a":"/A"}'],
  ])('is the same whatever %s', (_, one, other) => {
    expect(fingerprintOf('F', parseJson(one))).toBe(fingerprintOf('F', parseJson(other)));
  });

  it('of a version that this contract does not know is not compared', () => {
    expect(() => isSameCall('2:abc', 'F', {})).toThrow('version 2');
  });
});
