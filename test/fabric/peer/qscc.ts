import { common, peer } from '@hyperledger/fabric-protos';
import type { BlockStore, CommittedTransaction } from './block-store.js';
import { validationCode } from './validation-code.js';

const WHAT = { GetTransactionByID: 'get transaction with id', GetBlockByTxID: 'get block for txID' };

/** The system chaincode that reads blocks: `GetChainInfo(channel)`, `GetTransactionByID(channel, id)`, and of `GetBlockByTxID` the header. */
export function invokeQscc(channel: string, blocks: BlockStore, input: peer.ChaincodeInput): peer.Response {
  const [functionName, ofChannel, txId = ''] = input.getArgsList_asU8().map((arg) => Buffer.from(arg).toString());
  if (functionName === 'GetChainInfo' && ofChannel === channel) return ok(chainInfo(blocks));
  if (functionName !== 'GetTransactionByID' && functionName !== 'GetBlockByTxID') {
    return refused(`Requested function ${functionName} not found.`);
  }
  if (ofChannel !== channel) return refused(`Invalid chain ID, ${ofChannel}`);
  const found = blocks.find(txId);
  if (!found) {
    const reason = `no such transaction ID [${txId}] in index`;
    return refused(`Failed to ${WHAT[functionName]} ${txId}, error ${reason}`);
  }
  return ok(functionName === 'GetBlockByTxID' ? blockOf(found) : processedTransactionOf(found));
}

function chainInfo({ height }: BlockStore): common.BlockchainInfo {
  const info = new common.BlockchainInfo();
  info.setHeight(height);
  return info;
}

function ok(message: { serializeBinary(): Uint8Array }): peer.Response {
  const response = new peer.Response();
  response.setStatus(200);
  response.setPayload(message.serializeBinary());
  return response;
}

function processedTransactionOf({ envelope, code }: CommittedTransaction): peer.ProcessedTransaction {
  const processed = new peer.ProcessedTransaction();
  processed.setTransactionenvelope(envelope);
  processed.setValidationcode(validationCode(code));
  return processed;
}

function blockOf({ blockNumber }: CommittedTransaction): common.Block {
  const header = new common.BlockHeader();
  header.setNumber(blockNumber);
  const block = new common.Block();
  block.setHeader(header);
  return block;
}

function refused(message: string): peer.Response {
  const response = new peer.Response();
  response.setStatus(500);
  response.setMessage(message);
  return response;
}
