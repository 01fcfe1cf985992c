import { common, peer } from '@hyperledger/fabric-protos';
import type { ReadWriteSet } from '../../../src/sandbox/world-state.js';
import type { Proposal } from './proposal.js';
import { decodeResults } from './read-write-set.js';

/** A transaction in a block. */
export interface Transaction extends ReadWriteSet<Uint8Array> {
  readonly envelope: common.Envelope;
  readonly chaincodeEvent: peer.ChaincodeEvent | undefined;
}

/** The envelope for the client to sign. Transient data stays out of it. */
export function prepareTransaction(proposal: Proposal, endorsed: peer.ChaincodeEndorsedAction): common.Envelope {
  const visible = new peer.ChaincodeProposalPayload();
  visible.setInput(proposal.payload.getInput_asU8());
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setChaincodeProposalPayload(visible.serializeBinary());
  actionPayload.setAction(endorsed);
  const action = new peer.TransactionAction();
  action.setHeader(proposal.header.getSignatureHeader_asU8());
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([action]);
  const payload = new common.Payload();
  payload.setHeader(proposal.header);
  payload.setData(transaction.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  return envelope;
}

export function readTransaction(envelope: common.Envelope): Transaction {
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = common.ChannelHeader.deserializeBinary(
    payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array(),
  );
  const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList();
  const actionPayload = peer.ChaincodeActionPayload.deserializeBinary(action?.getPayload_asU8() ?? new Uint8Array());
  const responsePayload = peer.ProposalResponsePayload.deserializeBinary(
    actionPayload.getAction()?.getProposalResponsePayload_asU8() ?? new Uint8Array(),
  );
  const chaincodeAction = peer.ChaincodeAction.deserializeBinary(responsePayload.getExtension_asU8());
  const event = peer.ChaincodeEvent.deserializeBinary(chaincodeAction.getEvents_asU8());
  return {
    txId: header.getTxId(),
    ...decodeResults(chaincodeAction.getResults_asU8()),
    envelope,
    chaincodeEvent: event.getEventName() === '' ? undefined : event,
  };
}
