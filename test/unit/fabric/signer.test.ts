import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signerOf } from '../../../src/fabric/signer.js';

const message = Buffer.from('a proposal');

/** The numbers r and s of a signature in DER. */
function numbersIn(signature: Uint8Array): bigint[] {
  const bytes = Buffer.from(signature);
  expect([bytes[0], bytes[1]]).toEqual([0x30, bytes.length - 2]);
  const numbers: bigint[] = [];
  for (let at = 2; at < bytes.length; ) {
    const length = bytes[at + 1] ?? 0;
    numbers.push(BigInt(`0x${bytes.toString('hex', at + 2, at + 2 + length)}`));
    at += 2 + length;
  }
  return numbers;
}

describe('the signer of an identity', () => {
  it.each([
    ['P-256', 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n, 600],
    ['P-384', 0x7fffffffffffffffffffffffffffffffffffffffffffffffe3b1a6c0fa1b96efac0d06d9245853bd76760cb5666294b9n, 60],
  ])(
    'signs on %s in DER, with an s of at most half the order of the curve, as Fabric insists on',
    async (namedCurve, half, times) => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
      const sign = signerOf(privateKey);
      for (let n = 0; n < times; n++) {
        const signature = await sign(message);
        expect(verify('sha256', message, publicKey, signature)).toBe(true);
        const [, s = 0n] = numbersIn(signature);
        expect(s <= half).toBe(true);
      }
    },
  );

  it('signs with Ed25519', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    expect(verify(null, message, publicKey, await signerOf(privateKey)(message))).toBe(true);
  });

  it('refuses a curve that Fabric does not know', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    expect(() => signerOf(privateKey)).toThrow('must be of the elliptic curve P-256 or P-384, or of Ed25519');
  });
});
