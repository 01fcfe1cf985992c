import {
  type Identity,
  type Policy,
  policyRow,
  type Stub,
  type TokenContract,
  tokenContract,
} from '../contract/index.js';
import { compositeKey } from './composite-key.js';
import { type JsonObject, parseJson } from './json.js';
import type { Ledger, PendingTransaction } from './ledger.js';
import { SerialQueue } from './serial-queue.js';
import { type Envelope, endorse, type Proposal } from './simulation.js';
import { messageOf } from './thrown.js';
import type { Reply, Transaction } from './transaction.js';
import type { ValidationCode } from './world-state.js';

const MSP = 'SandboxMSP';
const members = [{ msp: MSP }];

/** Lets every identity of the sandbox's MSP write everything, with all wallets. */
const POLICY: Policy = {
  create: members,
  mint: members,
  burn: members,
  void: members,
  wallets: [{ prefix: '', owners: members }],
};

/** The identity that calls the contract unless another one is given: an admin of the MSP that may do everything. */
const ADMIN: Identity = {
  mspId: MSP,
  id: 'x509::/OU=admin/CN=sandbox::/CN=ca.sandbox',
  roles: ['admin'],
  attribute: () => undefined,
};

/** The identity that was enrolled under an id: a client of the same MSP. */
export function clientIdentity(enrollmentId: string): Identity {
  return { ...ADMIN, id: `x509::/OU=client/CN=${enrollmentId}::/CN=ca.sandbox`, roles: ['client'] };
}

/** The rows of a ledger on which the policy is configured. */
export function genesis(): [key: string, value: string][] {
  const { objectType, attributes, value } = policyRow(POLICY);
  return [[compositeKey(objectType, ...attributes), value]];
}

/** A chaincode event of a transaction that was committed as valid. */
export interface ContractEvent {
  /** AssetCreated, AssetUpdated, AssetPublished, TokensMinted, TokensBurned, TokensTransferred, MetadataCreated, … */
  readonly name: string;
  /** `{records: […]}`: what the transaction did, without metadata; amounts are strings. */
  readonly payload: JsonObject;
  readonly transactionId: string;
  readonly blockNumber: number;
}

/** What became of a transaction. */
export interface Commit {
  readonly validationCode: ValidationCode;
  readonly blockNumber: number;
}

export interface Transacted {
  /** JSON, as the contract returned it at endorsement; it takes effect if the transaction is valid. */
  readonly result: string;
  /** Undefined if nothing was ordered, because the contract returned what was applied under the key before. */
  readonly transaction: Transaction | undefined;
}

/** The arguments of a function, or what makes them from the id of the transaction. */
export type Arguments = readonly string[] | ((transactionId: string) => readonly string[]);

export interface TransactOptions {
  readonly identity?: Identity | undefined;
  /** Called when the call was endorsed; what it returns is kept with the transaction. */
  readonly reply?: ((result: string) => Reply) | undefined;
}

/**
 * The token contract on a ledger: calls its functions by name, as a gateway of Fabric does. Calls run one at a time, and a
 * call during which a block was cut is repeated, so that each of them sees one committed state.
 *
 * @example
 * const { transaction } = await chain.transact('MintTokens', [order, key]);
 * const { validationCode } = await chain.wait(transaction.transactionId);
 */
export class Chain {
  readonly #ledger: Ledger;
  readonly #warn: (message: string) => void;
  readonly #contract: TokenContract = tokenContract({ adminMsp: MSP });
  readonly #calls = new SerialQueue();

  constructor(ledger: Ledger, warn: (message: string) => void) {
    this.#ledger = ledger;
    this.#warn = warn;
  }

  /**
   * Evaluates a function over the committed state: nothing is ordered. Returns its result, JSON.
   *
   * @throws Refusal of the contract
   */
  query(functionName: string, args: readonly string[], identity: Identity = ADMIN): Promise<string> {
    const proposal = { txId: 'query', time: 0 };
    return this.#calls.run(async () => (await this.#endorse(proposal, functionName, args, identity)).result);
  }

  /**
   * Endorses a call, and orders what it writes.
   *
   * @throws Refusal of the contract; Refusal of the sandbox UNAVAILABLE
   */
  transact(
    functionName: string,
    args: Arguments,
    { identity = ADMIN, reply }: TransactOptions = {},
  ): Promise<Transacted> {
    return this.#calls.run(async () => {
      this.#ledger.refuseIfStopped();
      const proposal = this.#ledger.propose();
      const texts = typeof args === 'function' ? args(proposal.txId) : args;
      const envelope = await this.#endorse(proposal, functionName, texts, identity);
      const { result } = envelope;
      if (envelope.writes.size === 0) return { result, transaction: undefined };
      return { result, transaction: this.#ledger.order(envelope, proposal.time, reply?.(result)) };
    });
  }

  /** What became of a transaction; undefined while it is pending, and if there is none. */
  find(transactionId: string): Commit | undefined {
    const { validationCode, blockNumber } = this.#ledger.find(transactionId) ?? {};
    if (validationCode === undefined || blockNumber === undefined) return undefined;
    return { validationCode, blockNumber };
  }

  /** The same once the transaction is in a block. For an unknown one, it waits until there is one. */
  wait(transactionId: string): Promise<Commit> {
    return new Promise((resolve) => {
      const resolveIfFound = () => {
        const commit = this.find(transactionId);
        if (commit === undefined) return;
        stop();
        resolve(commit);
      };
      const stop = this.#ledger.subscribe(resolveIfFound);
      resolveIfFound();
    });
  }

  /** Calls the listener for every event of a valid transaction; returns a function that unsubscribes it. */
  onEvent(listener: (event: ContractEvent) => void): () => void {
    return this.#ledger.subscribe((committed) => {
      for (const event of committed.flatMap(eventsOf)) this.#notify(listener, event);
    });
  }

  async #endorse(
    proposal: Proposal,
    functionName: string,
    args: readonly string[],
    identity: Identity,
  ): Promise<Envelope> {
    const { state } = this.#ledger;
    for (;;) {
      const { height } = state;
      const run = (stub: Stub) => this.#contract.invoke(stub, identity, functionName, args);
      try {
        const envelope = await endorse(state, proposal, run);
        if (state.height === height) return envelope;
      } catch (error) {
        if (state.height === height) throw error;
      }
    }
  }

  #notify(listener: (event: ContractEvent) => void, event: ContractEvent): void {
    try {
      listener(event);
    } catch (error) {
      // The block is committed, even if a listener throws.
      this.#warn(`A listener failed on ${event.name}: ${messageOf(error)}`);
    }
  }
}

function eventsOf({ transaction, envelope }: PendingTransaction): ContractEvent[] {
  const { transactionId, validationCode, blockNumber } = transaction;
  const { event } = envelope;
  if (validationCode !== 'VALID' || blockNumber === undefined || event === undefined) return [];
  return [{ name: event.name, payload: parseJson(event.payload) as JsonObject, transactionId, blockNumber }];
}
