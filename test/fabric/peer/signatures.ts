import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { msp } from '@hyperledger/fabric-protos';

/** Whether the certificate of an identity has expired. */
export function hasExpired(creator: Uint8Array): boolean {
  const pem = Buffer.from(msp.SerializedIdentity.deserializeBinary(creator).getIdBytes_asU8());
  return new Date(new X509Certificate(pem).validTo) < new Date();
}

/** Whether a member of one of the organisations has signed. A peer checks the chain of the certificate too. */
export function isSigned(
  organisations: readonly string[],
  { creator, data, signature }: { creator: Uint8Array; data: Uint8Array; signature: Uint8Array },
): boolean {
  const identity = msp.SerializedIdentity.deserializeBinary(creator);
  if (!organisations.includes(identity.getMspid())) return false;
  return verify('sha256', data, createPublicKey(Buffer.from(identity.getIdBytes_asU8())), signature);
}
