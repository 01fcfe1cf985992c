import { common, peer } from '@hyperledger/fabric-protos';

/** A proposal of a transaction, unpacked as far as a peer reads it. */
export interface Proposal {
  readonly signed: peer.SignedProposal;
  readonly header: common.Header;
  readonly payload: peer.ChaincodeProposalPayload;
  readonly channel: string;
  readonly chaincode: string;
  readonly txId: string;
  readonly creator: Uint8Array;
  /** The function and its arguments. */
  readonly input: peer.ChaincodeInput;
}

export function readProposal(signed: peer.SignedProposal): Proposal {
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8()).getChaincodeSpec();
  return {
    signed,
    header,
    payload,
    channel: channelHeader.getChannelId(),
    chaincode: spec?.getChaincodeId()?.getName() ?? '',
    txId: channelHeader.getTxId(),
    creator: common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()).getCreator_asU8(),
    input: spec?.getInput() ?? new peer.ChaincodeInput(),
  };
}
