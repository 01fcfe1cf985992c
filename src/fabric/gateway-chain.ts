import type { Chain, ChainEvent, FoundTransaction, Invocation, Transacted } from '../chain/chain.js';
import { sleep } from '../core/abort.js';
import type { Call, WriteCall } from '../core/call.js';
import { messageOf } from '../core/shapes.js';
import { chaincodeEvents } from './chaincode-events.js';
import { Drive } from './drive.js';
import type { FabricGateway } from './gateway.js';
import { type ContractPlace, Peer } from './peer.js';
import { chainHeight, processedTransaction } from './protobuf.js';
import { validationCodeName } from './validation-codes.js';

/** Milliseconds to wait for the status of a transaction by one request. */
const SLICE = 30_000;
/** Milliseconds after a request for a status that has failed. */
const PAUSE = 500;

/** The gateway to a peer, and how it is ended. */
export interface GatewaySource {
  gateway(): Promise<FabricGateway>;
  close?(): Promise<void>;
}

/** The contract of a chaincode, called through the gateway of a peer. */
export class GatewayChain implements Chain {
  readonly name: string;
  readonly #source: GatewaySource;
  readonly #place: ContractPlace;

  constructor(source: GatewaySource, place: ContractPlace) {
    this.#source = source;
    this.#place = place;
    const { channel, chaincode, contract = '' } = place;
    this.name = ['fabric', channel, chaincode, contract].map(encodeURIComponent).join(':');
  }

  async query(functionName: string, args: readonly string[], call: Call): Promise<string> {
    return (await this.#peer()).evaluate(functionName, args, call);
  }

  async transact(invocation: Invocation, call: WriteCall): Promise<Transacted> {
    return new Drive(await this.#peer(), invocation, call).run();
  }

  async find(transactionId: string, call: Call): Promise<FoundTransaction | undefined> {
    const peer = await this.#peer();
    try {
      const bytes = await peer.evaluateQscc('GetTransactionByID', [this.#place.channel, transactionId], call);
      const { code, timestamp } = processedTransaction(bytes);
      return { validationCode: validationCodeName(code), timestamp };
    } catch (error) {
      if (/no such transaction ID/i.test(messageOf(error))) return undefined;
      throw error;
    }
  }

  async wait(transactionId: string, call: Call): Promise<string> {
    const peer = await this.#peer();
    for (;;) {
      try {
        const code = await peer.status(transactionId, call, SLICE);
        if (code !== undefined) return code;
      } catch (cause) {
        call.signal.throwIfAborted();
        const error = peer.errorOf(cause, {});
        if (!error.retryable) throw error;
      }
      await sleep(PAUSE, call.signal);
    }
  }

  async height(call: Call): Promise<number> {
    const peer = await this.#peer();
    return chainHeight(await peer.evaluateQscc('GetChainInfo', [this.#place.channel], call));
  }

  async *listen(startBlock: number, call: Call): AsyncGenerator<ChainEvent, void, undefined> {
    const peer = await this.#peer();
    try {
      yield* chaincodeEvents(await this.#source.gateway(), this.#place, startBlock, call);
    } catch (error) {
      call.signal.throwIfAborted();
      throw peer.errorOf(error, {});
    }
  }

  async close(): Promise<void> {
    await this.#source.close?.();
  }

  async #peer(): Promise<Peer> {
    return new Peer(await this.#source.gateway(), this.#place);
  }
}
