import { type KeyObject, sign } from 'node:crypto';

/** The orders of the curves that Fabric knows, and the bytes of a number below them. */
const CURVES: Readonly<Record<string, { readonly order: bigint; readonly size: number }>> = {
  prime256v1: { order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n, size: 32 },
  secp384r1: {
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    size: 48,
  },
};

/** Signs whole messages. */
export type Signer = (message: Uint8Array) => Promise<Uint8Array>;

/**
 * Signs as Fabric's MSPs verify: ECDSA over SHA-256, with the lower of the two values of `s`; or Ed25519. By OpenSSL: the
 * signer of fabric-gateway is written in JavaScript, and takes several times as long for P-256.
 *
 * @throws Error whose message completes a sentence that begins with the name of the field
 */
export function signerOf(key: KeyObject): Signer {
  if (key.asymmetricKeyType === 'ed25519') return async (message) => sign(null, message, key);
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (!curve) throw new Error('must be of the elliptic curve P-256 or P-384, or of Ed25519');
  const { order, size } = curve;
  return async (message) => {
    const signature = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
    const s = numberIn(signature.subarray(size));
    const lowS = 2n * s > order ? order - s : s;
    return sequence([numberIn(signature.subarray(0, size)), lowS]);
  };
}

function numberIn(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** A SEQUENCE of INTEGERs in DER. All lengths are below 128, and take one byte. */
function sequence(numbers: readonly bigint[]): Buffer {
  const content = Buffer.concat(numbers.map(integer));
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const digits = hex.length % 2 ? `0${hex}` : hex;
  const bytes = Buffer.from(digits, 'hex');
  // A first bit that is set would make it negative.
  const sign = (bytes[0] ?? 0) > 127 ? [0] : [];
  return Buffer.from([0x02, bytes.length + sign.length, ...sign, ...bytes]);
}
