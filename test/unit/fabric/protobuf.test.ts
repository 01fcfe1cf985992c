import { createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Client } from '@grpc/grpc-js';
import { connect, StatusCode, signers } from '@hyperledger/fabric-gateway';
import { expect, it } from 'vitest';
import { commitStatusRequest, processedTransaction } from '../../../src/fabric/protobuf.js';
import { finalCode, validationCodeName } from '../../../src/fabric/validation-codes.js';

const read = (name: string) => readFileSync(new URL(`identity/${name}`, import.meta.url));

/** A gateway that sends nothing. */
const gateway = connect({
  client: {} as Client,
  identity: { mspId: 'Org1MSP', credentials: read('certificate.pem') },
  signer: signers.newPrivateKeySigner(createPrivateKey(read('key.pem'))),
});

const message = (number: number, bytes: Uint8Array) => {
  const { length } = bytes;
  const varint = length < 128 ? [length] : [(length & 127) | 128, length >>> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint]), bytes]);
};

it('a request for the status of a transaction is what fabric-gateway reads and signs', () => {
  const id = createHash('sha256').update('x').digest('hex');
  const commit = gateway.newCommit(commitStatusRequest(gateway.getIdentity(), 'ch', id));
  expect(commit.getTransactionId()).toBe(id);
  // Without the signature, which getBytes does not make, it is the same request.
  expect(Buffer.from(commit.getBytes())).toEqual(Buffer.from(commitStatusRequest(gateway.getIdentity(), 'ch', id)));
});

it('validation codes have the names of fabric-gateway', () => {
  for (const [name, code] of Object.entries(StatusCode).filter(([, value]) => typeof value === 'number')) {
    expect(validationCodeName(code as number)).toBe(name);
  }
  expect(validationCodeName(99)).toBe('VALIDATION_CODE_99');
  expect([0, 9, 11, 254].map(finalCode)).toEqual(['VALID', undefined, 'MVCC_READ_CONFLICT', undefined]);
});

it('a processed transaction states its code, and its time from the channel header', () => {
  const before = Date.now();
  const proposal = gateway.getNetwork('ch').getContract('cc').newProposal('f').getBytes();
  // ProposedTransaction.proposal.proposal_bytes.header, of which an envelope's payload begins with a copy.
  const header = bytesIn(bytesIn(bytesIn(Buffer.from(proposal), 2), 1), 1);
  const envelope = message(1, message(1, header));
  const { code, timestamp } = processedTransaction(Buffer.concat([message(1, envelope), Buffer.from([0x10, 11])]));
  expect(code).toBe(11);
  expect(Date.parse(timestamp ?? '')).toBeGreaterThanOrEqual(before - 1);
  expect(Date.parse(timestamp ?? '')).toBeLessThanOrEqual(Date.now());
  expect(processedTransaction(message(1, Buffer.from([])))).toEqual({ code: 0, timestamp: undefined });
  expect(() => processedTransaction(Buffer.from([0x0a, 0x7f, 1]))).toThrow(RangeError);
});

/** The bytes of a field of a message whose fields all have a length. */
function bytesIn(bytes: Buffer, wanted: number): Buffer {
  for (let at = 0; at < bytes.length; ) {
    const number = (bytes[at++] ?? 0) >>> 3;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (number === wanted) return bytes.subarray(at, at + length);
    at += length;
  }
  throw new Error(`no field ${wanted}`);
}
