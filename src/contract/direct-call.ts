import { Refusal } from './refusal.js';
import type { Stub } from './stub.js';

/**
 * Refuses a write that another chaincode makes. Two calls in one transaction see the same committed state and not each
 * other's writes: a chaincode that makes both could spend a balance twice. Only the call that the client has signed is
 * taken, so all calls of a transaction are the same one, and write the same. From another channel even that one is
 * refused, for Fabric drops what it writes.
 *
 * @throws Refusal INDIRECT_CALL
 */
export function requireDirectCall(stub: Stub): void {
  const { header, payload } = stub.getSignedProposal?.()?.proposal ?? {};
  const input = payload?.getInput_asU8?.() ?? payload?.input;
  if (input === undefined) return;
  const signed = argumentsIn(input);
  const given = stub.getArgs?.() ?? [];
  const isSigned = signed.length === given.length && signed.every((arg, index) => arg === given[index]);
  const channel = header?.channelHeader.getChannelId?.() ?? header?.channelHeader.channelId;
  if (isSigned && channel === stub.getChannelID?.()) return;
  const message = 'A write must be called by the client itself, not through another chaincode.';
  throw new Refusal('INDIRECT_CALL', message);
}

/** The arguments in a `ChaincodeInvocationSpec`: its spec (1), the input of that (3), the arguments of that (1). */
function argumentsIn(invocation: Uint8Array): string[] {
  const inputs = fieldsOf(invocation, 1).flatMap((spec) => fieldsOf(spec, 3));
  return inputs
    .flatMap((input) => fieldsOf(input, 1))
    .map((bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
}

/** The values of one field of a protobuf message, of those that have a length. */
function fieldsOf(message: Uint8Array, wanted: number): Uint8Array[] {
  const values: Uint8Array[] = [];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[position++] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const tag = varint();
    const [field, wireType] = [Math.floor(tag / 8), tag % 8];
    if (wireType === 0) varint();
    else if (wireType === 1) position += 8;
    else if (wireType === 5) position += 4;
    else {
      const length = varint();
      if (field === wanted) values.push(message.subarray(position, position + length));
      position += length;
    }
  }
  return values;
}
