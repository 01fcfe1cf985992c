import { sleep } from '../core/abort.js';
import type { Call, Operation, WriteCall } from '../core/call.js';
import { attempt } from './attempt.js';
import type { Envelope, FabricGateway, GatewayContract, GrpcOptions } from './gateway.js';
import { gatewayError, isTransient, type Place, submitRefusal } from './gateway-errors.js';
import { commitStatusRequest } from './protobuf.js';
import { finalCode } from './validation-codes.js';

const SILENT = { error: () => {} };
const UTF_8 = new TextDecoder();
/** Milliseconds before a proposal is repeated that the peers do not endorse yet, at first; doubled with each. */
const PAUSE = 100;
const MAX_PAUSE = 2_000;

/** A transaction that is endorsed, and its result. */
export interface Endorsed {
  readonly envelope: Envelope;
  readonly transactionId: string;
  readonly result: string;
}

/** Where the contract is: `contract` names one of several of the chaincode. */
export interface ContractPlace extends Place {
  readonly contract?: string | undefined;
}

/** Requests to the gateway of a peer, each within a call. Those that order nothing are repeated as the call allows. */
export class Peer {
  readonly #gateway: FabricGateway;
  readonly #place: ContractPlace;

  constructor(gateway: FabricGateway, place: ContractPlace) {
    this.#gateway = gateway;
    this.#place = place;
  }

  /** Runs a function without ordering what it writes. */
  async evaluate(functionName: string, args: readonly string[], call: Call): Promise<string> {
    const { chaincode, contract } = this.#place;
    return textOf(await this.#evaluate(this.#contract(chaincode, contract), functionName, args, call));
  }

  /** Runs a function of the system chaincode that knows blocks and transactions. */
  async evaluateQscc(functionName: string, args: readonly string[], call: Call): Promise<Uint8Array> {
    return this.#evaluate(this.#contract('qscc'), functionName, args, call);
  }

  async endorse(functionName: string, args: readonly string[], call: WriteCall): Promise<Endorsed> {
    const { chaincode, contract } = this.#place;
    return this.#repeated('write', call, async (options) => {
      // A new proposal each time: a transaction's id names one envelope.
      const proposal = this.#contract(chaincode, contract).newProposal(functionName, { arguments: [...args] });
      const envelope = await proposal.endorse(options);
      return { envelope, transactionId: proposal.getTransactionId(), result: textOf(envelope.getResult()) };
    });
  }

  /** The validation code of a transaction; undefined if the peer has none in time. */
  async status(transactionId: string, call: Call, ms: number): Promise<string | undefined> {
    const request = commitStatusRequest(this.#gateway.getIdentity(), this.#place.channel, transactionId);
    const { code } = await attempt(call, ms, (options) => this.#gateway.newCommit(request).getStatus(options));
    return finalCode(code);
  }

  /** The error for a request that ordered nothing. */
  errorOf(error: unknown, call: Partial<WriteCall>) {
    return gatewayError(error, this.#member(), call);
  }

  /** The error for a submission that no orderer takes; undefined if one may have the envelope. */
  refusalOf(error: unknown, call: WriteCall) {
    return submitRefusal(error, this.#member(), call);
  }

  #member() {
    return { ...this.#place, mspId: this.#gateway.getIdentity().mspId };
  }

  #contract(chaincode: string, contract?: string): GatewayContract {
    return this.#gateway.getNetwork(this.#place.channel).getContract(chaincode, contract);
  }

  #evaluate(contract: GatewayContract, functionName: string, args: readonly string[], call: Call): Promise<Uint8Array> {
    return this.#repeated('read', call, (options) =>
      contract.newProposal(functionName, { arguments: [...args] }).evaluate(options),
    );
  }

  /** Repeats a request as the call's retry policy allows, and as long as the call lasts after a transient failure. */
  async #repeated<T>(operation: Operation, call: Call, request: (options: GrpcOptions) => Promise<T>): Promise<T> {
    const since = performance.now();
    let [others, transients] = [0, 0];
    for (;;) {
      try {
        return await attempt(call, call.timeout, request);
      } catch (cause) {
        call.signal.throwIfAborted();
        const error = this.errorOf(cause, call);
        let wait: number | undefined;
        if (isTransient(cause, this.#member())) wait = pauseWithin(call, transients++);
        else if (error.retryable) {
          const failed = { attempt: ++others, error, operation, retryable: true, since };
          wait = call.retries.waitAfter(failed, call, SILENT);
        }
        if (wait === undefined) throw error;
        await sleep(wait, call.signal);
      }
    }
  }
}

/** Milliseconds to wait after so many others; undefined if the call ends before. */
function pauseWithin({ deadlineAt }: Call, count: number): number | undefined {
  const pause = Math.min(PAUSE * 2 ** count, MAX_PAUSE);
  return performance.now() + pause < deadlineAt ? pause : undefined;
}

function textOf(bytes: Uint8Array): string {
  return UTF_8.decode(bytes);
}
