import type { ChainEvent } from '../chain/chain.js';
import { whenAborted } from '../core/abort.js';
import type { Call } from '../core/call.js';
import type { FabricGateway } from './gateway.js';
import type { Place } from './gateway-errors.js';

/**
 * The events of a chaincode from a block on, in the order of the channel. The peer waits for a block that it does not
 * have yet. Ends when the call does.
 *
 * @throws what fabric-gateway throws if the stream breaks
 */
export async function* chaincodeEvents(
  gateway: FabricGateway,
  { channel, chaincode }: Place,
  startBlock: number,
  call: Call,
): AsyncGenerator<ChainEvent, void, undefined> {
  // By block alone: after a transaction that it does not have, a peer would send nothing, for ever.
  const events = await gateway.getNetwork(channel).getChaincodeEvents(chaincode, { startBlock: BigInt(startBlock) });
  const forget = whenAborted(call.signal, () => events.close());
  try {
    for await (const { blockNumber, transactionId, payload } of events) {
      yield { block: Number(blockNumber), transactionId, payload: new TextDecoder().decode(payload) };
    }
  } finally {
    forget();
    events.close();
  }
}
