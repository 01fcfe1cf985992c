import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { gateway, google } from '@hyperledger/fabric-protos';

/** Which node an error is of, and what it said. */
export interface Detail {
  readonly mspId: string;
  readonly message: string;
}

/** An error of the gateway service, with details as a peer attaches them. */
export class RpcError extends Error implements ServiceError {
  override readonly name = 'RpcError';
  readonly metadata = new Metadata();

  constructor(
    readonly code: status,
    readonly details: string,
    attached: readonly Detail[] = [],
  ) {
    super(details);
    if (attached.length === 0) return;
    const encoded = new google.rpc.Status();
    encoded.setCode(code);
    encoded.setMessage(details);
    for (const detail of attached) encoded.addDetails().pack(encodeDetail(detail), 'gateway.ErrorDetail');
    this.metadata.set('grpc-status-details-bin', Buffer.from(encoded.serializeBinary()));
  }
}

export function rpcErrorOf(error: unknown): RpcError {
  return error instanceof RpcError ? error : new RpcError(status.INTERNAL, String(error));
}

function encodeDetail({ mspId, message }: Detail): Uint8Array {
  const detail = new gateway.ErrorDetail();
  detail.setAddress('127.0.0.1');
  detail.setMspId(mspId);
  detail.setMessage(message);
  return detail.serializeBinary();
}
