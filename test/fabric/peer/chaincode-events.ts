import { gateway, orderer } from '@hyperledger/fabric-protos';
import type { Block } from './block-store.js';
import type { Channel } from './channel.js';

/** Sends the events of one chaincode block by block, until the returned function is called. */
export function streamEvents(
  { blocks }: Channel,
  request: gateway.ChaincodeEventsRequest,
  send: (response: gateway.ChaincodeEventsResponse) => void,
): () => void {
  const after = request.getAfterTransactionId();
  const position = request.getStartPosition();
  const isSpecified = position?.getTypeCase() === orderer.SeekPosition.TypeCase.SPECIFIED;
  const specified = isSpecified ? (position?.getSpecified()?.getNumber() ?? 0) : blocks.height;
  let next = blocks.find(after)?.blockNumber ?? specified;
  let isPast = after === '';

  const eventsOf = (block: Block) => {
    const events = [];
    for (const { txId, code, chaincodeEvent } of block.transactions) {
      if (code !== 'VALID' || !chaincodeEvent) continue;
      if (isPast && chaincodeEvent.getChaincodeId() === request.getChaincodeId()) events.push(chaincodeEvent);
      isPast ||= txId === after;
    }
    return events;
  };
  const sendNew = () => {
    for (const block of blocks.from(next)) {
      next = block.number + 1;
      const events = eventsOf(block);
      if (events.length === 0) continue;
      const response = new gateway.ChaincodeEventsResponse();
      response.setBlockNumber(block.number);
      response.setEventsList(events);
      send(response);
    }
  };
  sendNew();
  return blocks.onBlock(sendNew);
}
