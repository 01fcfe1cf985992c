import { peer } from '@hyperledger/fabric-protos';
import type { BlockStore } from './block-store.js';
import { validationCode } from './validation-code.js';

/** The system chaincode that reads blocks, of which it has one function: `GetTransactionByID(channel, id)`. */
export function invokeQscc(channel: string, blocks: BlockStore, input: peer.ChaincodeInput): peer.Response {
  const [functionName, ofChannel, txId = ''] = input.getArgsList_asU8().map((arg) => Buffer.from(arg).toString());
  if (functionName !== 'GetTransactionByID') return refused(`Requested function ${functionName} not found.`);
  if (ofChannel !== channel) return refused(`Invalid chain ID, ${ofChannel}`);
  const found = blocks.find(txId);
  if (!found) {
    const reason = `no such transaction ID [${txId}] in index`;
    return refused(`Failed to get transaction with id ${txId}, error ${reason}`);
  }
  const processed = new peer.ProcessedTransaction();
  processed.setTransactionenvelope(found.envelope);
  processed.setValidationcode(validationCode(found.code));
  const response = new peer.Response();
  response.setStatus(200);
  response.setPayload(processed.serializeBinary());
  return response;
}

function refused(message: string): peer.Response {
  const response = new peer.Response();
  response.setStatus(500);
  response.setMessage(message);
  return response;
}
