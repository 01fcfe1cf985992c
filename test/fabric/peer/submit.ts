import { status } from '@grpc/grpc-js';
import { common } from '@hyperledger/fabric-protos';
import type { Channel } from './channel.js';
import type { Faults } from './faults.js';
import type { Orderer } from './orderer.js';
import { RpcError } from './rpc-error.js';
import { hasExpired, isSigned } from './signatures.js';

/** Passes an envelope on to the orderer. */
export function submit(channel: Channel, orderer: Orderer, faults: Faults, envelope: common.Envelope): void {
  if (envelope.getSignature_asU8().length === 0) {
    throw new RpcError(status.INVALID_ARGUMENT, 'prepared transaction must be signed');
  }
  const fault = faults.takeSubmit();
  if (fault === 'lost before ordering') throw lost();
  if (orderer.isAway) {
    const message = 'rpc error: code = Unavailable desc = connection error: connection refused';
    const detail = { mspId: 'OrdererMSP', message };
    throw new RpcError(status.UNAVAILABLE, 'no orderers could successfully process transaction', [detail]);
  }
  const signed = signatureOf(envelope);
  if (hasExpired(signed.creator)) throw refusedBy('BAD_REQUEST', 'broadcast client identity expired');
  if (!isSigned(channel.organisations, signed)) throw refusedBy('FORBIDDEN', 'permission denied');
  try {
    orderer.order(envelope);
  } catch (error) {
    throw refusedBy('BAD_REQUEST', (error as Error).message);
  }
  if (fault === 'lost after ordering') throw lost();
}

function signatureOf(envelope: common.Envelope) {
  const data = envelope.getPayload_asU8();
  const header = common.Payload.deserializeBinary(data).getHeader();
  const signatureHeader = common.SignatureHeader.deserializeBinary(
    header?.getSignatureHeader_asU8() ?? new Uint8Array(),
  );
  return { creator: signatureHeader.getCreator_asU8(), data, signature: envelope.getSignature_asU8() };
}

/** As a client sees a connection that ends. */
function lost(): RpcError {
  return new RpcError(status.UNAVAILABLE, 'Connection dropped');
}

function refusedBy(statusName: string, info: string): RpcError {
  const message = `received unsuccessful response from orderer: status=${statusName}, info=${info}`;
  return new RpcError(status.ABORTED, message);
}
