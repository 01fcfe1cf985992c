import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { gateway, type peer } from '@hyperledger/fabric-protos';
import { streamEvents } from './chaincode-events.js';
import type { Channel } from './channel.js';
import { endorse, evaluate } from './endorse.js';
import type { Faults } from './faults.js';
import type { Orderer } from './orderer.js';
import { type Proposal, readProposal } from './proposal.js';
import { RpcError, rpcErrorOf } from './rpc-error.js';
import { isSigned } from './signatures.js';
import { submit } from './submit.js';
import { validationCode } from './validation-code.js';

/** Fabric's Gateway service over one channel. */
export function gatewayService(channel: Channel, orderer: Orderer, faults: Faults): gateway.IGatewayServer {
  return {
    evaluate: unary(async ({ request }: Call<gateway.EvaluateRequest>) => {
      const response = new gateway.EvaluateResponse();
      response.setResult(await evaluate(channel, proposalOf(request.getProposedTransaction())));
      return response;
    }),
    endorse: unary(async ({ request }: Call<gateway.EndorseRequest>) => {
      const response = new gateway.EndorseResponse();
      response.setPreparedTransaction(await endorse(channel, proposalOf(request.getProposedTransaction())));
      return response;
    }),
    submit: unary(async ({ request }: Call<gateway.SubmitRequest>) => {
      const envelope = request.getPreparedTransaction();
      if (!envelope) throw new RpcError(status.INVALID_ARGUMENT, 'a prepared transaction is required');
      submit(channel, orderer, faults, envelope);
      return new gateway.SubmitResponse();
    }),
    commitStatus: unary((call: Call<gateway.SignedCommitStatusRequest>) => commitStatus(channel, call)),
    chaincodeEvents(call) {
      const request = gateway.ChaincodeEventsRequest.deserializeBinary(call.request.getRequest_asU8());
      const problem = findProblem(channel, call.request, request);
      if (problem) {
        call.emit('error', problem);
        return;
      }
      const stop = streamEvents(channel, request, (response) => call.write(response));
      call.on('cancelled', () => {
        stop();
        call.end();
      });
    },
  };
}

type Call<T> = ServerUnaryCall<T, unknown>;

/** Handles a call by a promise. */
function unary<Request, Response>(run: (call: ServerUnaryCall<Request, Response>) => Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    run(call).then(
      (response) => callback(null, response),
      (error) => callback(rpcErrorOf(error)),
    );
  };
}

function proposalOf(signed: peer.SignedProposal | undefined): Proposal {
  if (!signed) throw new RpcError(status.INVALID_ARGUMENT, 'a signed proposal is required');
  return readProposal(signed);
}

/** Resolves once the transaction is in a block, which may be never. */
function commitStatus(
  channel: Channel,
  call: Call<gateway.SignedCommitStatusRequest>,
): Promise<gateway.CommitStatusResponse> {
  const request = gateway.CommitStatusRequest.deserializeBinary(call.request.getRequest_asU8());
  const problem = findProblem(channel, call.request, request);
  if (problem) return Promise.reject(problem);
  return new Promise((resolve) => {
    const look = () => {
      const found = channel.blocks.find(request.getTransactionId());
      if (!found) return;
      stop();
      const response = new gateway.CommitStatusResponse();
      response.setResult(validationCode(found.code));
      response.setBlockNumber(found.blockNumber);
      resolve(response);
    };
    const stop = channel.blocks.onBlock(look);
    call.on('cancelled', stop);
    look();
  });
}

function findProblem(
  channel: Channel,
  signed: gateway.SignedCommitStatusRequest | gateway.SignedChaincodeEventsRequest,
  request: gateway.CommitStatusRequest | gateway.ChaincodeEventsRequest,
): RpcError | undefined {
  const data = signed.getRequest_asU8();
  const signature = signed.getSignature_asU8();
  if (request.getChannelId() !== channel.name) {
    return new RpcError(
      status.PERMISSION_DENIED,
      `failed evaluating policy: channel ${request.getChannelId()} not found`,
    );
  }
  if (isSigned(channel.organisations, { creator: request.getIdentity_asU8(), data, signature })) return undefined;
  return new RpcError(status.PERMISSION_DENIED, 'implicit policy evaluation failed');
}
