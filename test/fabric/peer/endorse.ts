import { status } from '@grpc/grpc-js';
import { type common, peer } from '@hyperledger/fabric-protos';
import type { Channel } from './channel.js';
import { type Endorsement, type Endorser, PeerError } from './endorser.js';
import type { Proposal } from './proposal.js';
import { invokeQscc } from './qscc.js';
import { type Detail, RpcError } from './rpc-error.js';
import { isSigned } from './signatures.js';
import { prepareTransaction } from './transaction.js';

const SEE_DETAILS = 'see attached details for more info';

/** The result of chaincode on the first peer. */
export async function evaluate(channel: Channel, proposal: Proposal): Promise<peer.Response> {
  const isQscc = proposal.chaincode === 'qscc';
  if (proposal.channel !== channel.name) {
    throw new RpcError(status.UNAVAILABLE, `failed to get config for channel [${proposal.channel}]: not found`);
  }
  if (proposal.chaincode !== channel.chaincode && !isQscc) {
    const place = `chaincode ${proposal.chaincode} in channel ${proposal.channel}`;
    throw new RpcError(status.FAILED_PRECONDITION, `no peers available to evaluate ${place}`);
  }
  const [first] = channel.endorsers;
  const refuse = (code: status, message: string) =>
    new RpcError(code, `evaluate call to endorser returned error: ${message}`, [{ mspId: first.mspId, message }]);
  const denied = findProblem(channel, proposal);
  if (denied !== undefined) throw refuse(status.FAILED_PRECONDITION, denied);
  if (isQscc) {
    const response = invokeQscc(channel.name, channel.blocks, proposal.input);
    if (isRefusal(response)) throw refuse(status.UNKNOWN, textOf(response));
    return response;
  }
  try {
    const { response } = await first.endorse(proposal);
    if (isRefusal(response)) throw refuse(status.UNKNOWN, textOf(response));
    return response;
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    const detail = { mspId: first.mspId, message: error.message };
    throw new RpcError(status.ABORTED, `failed to evaluate transaction, ${SEE_DETAILS}`, [detail]);
  }
}

/** The envelope that all peers endorse. */
export async function endorse(channel: Channel, proposal: Proposal): Promise<common.Envelope> {
  if (proposal.channel !== channel.name || proposal.chaincode !== channel.chaincode) {
    const place = `chaincode ${proposal.chaincode} in channel ${proposal.channel}`;
    const reason = `No metadata was found for ${place}`;
    const message = `no combination of peers can be derived which satisfy the endorsement policy: ${reason}`;
    throw new RpcError(status.FAILED_PRECONDITION, message);
  }
  const [first, ...others] = channel.endorsers;
  const failedFirst = (message: string) =>
    new RpcError(status.ABORTED, `failed to endorse transaction, ${SEE_DETAILS}`, [{ mspId: first.mspId, message }]);
  const problem = findProblem(channel, proposal);
  if (problem !== undefined) throw failedFirst(problem);
  const endorsed = await endorsementOf(first, proposal);
  if (typeof endorsed === 'string') throw failedFirst(endorsed);
  const details: Detail[] = [];
  for (const other of others) {
    const theirs = await endorsementOf(other, proposal);
    const message = typeof theirs === 'string' ? theirs : differenceOf(endorsed, theirs);
    if (message !== undefined) details.push({ mspId: other.mspId, message });
  }
  if (details.length > 0) {
    throw new RpcError(status.ABORTED, `failed to collect enough transaction endorsements, ${SEE_DETAILS}`, details);
  }
  const action = new peer.ChaincodeEndorsedAction();
  action.setProposalResponsePayload(endorsed.payload);
  return prepareTransaction(proposal, action);
}

/** What a peer refuses before it runs anything. */
function findProblem(channel: Channel, { channel: name, creator, signed, txId }: Proposal): string | undefined {
  const data = signed.getProposalBytes_asU8();
  if (!isSigned(channel.organisations, { creator, data, signature: signed.getSignature_asU8() })) {
    return `error validating proposal: access denied: channel [${name}] creator org unknown, creator is malformed`;
  }
  if (channel.blocks.find(txId)) {
    return `duplicate transaction found [${txId}]. Creator [${Buffer.from(creator).toString('hex')}]`;
  }
  return undefined;
}

/** The endorsement, or why there is none. */
async function endorsementOf(endorser: Endorser, proposal: Proposal): Promise<Endorsement | string> {
  try {
    const endorsement = await endorser.endorse(proposal);
    return isRefusal(endorsement.response) ? textOf(endorsement.response) : endorsement;
  } catch (error) {
    if (error instanceof PeerError) return error.message;
    throw error;
  }
}

function differenceOf(first: Endorsement, other: Endorsement): string | undefined {
  return Buffer.compare(first.payload, other.payload) === 0 ? undefined : 'ProposalResponsePayloads do not match';
}

function isRefusal(response: peer.Response): boolean {
  return response.getStatus() < 200 || response.getStatus() >= 400;
}

function textOf(response: peer.Response): string {
  return `chaincode response ${response.getStatus()}, ${response.getMessage()}`;
}
