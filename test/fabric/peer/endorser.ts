import { createHash } from 'node:crypto';
import { type common, peer } from '@hyperledger/fabric-protos';
import { RwLocks } from '../../../src/core/rw-lock.js';
import { withResolvers } from '../../../src/core/with-resolvers.js';
import { type ValidationCode, WorldState } from '../../../src/sandbox/world-state.js';
import { ChaincodeConnection } from './chaincode-connection.js';
import type { Proposal } from './proposal.js';
import { encodeResults } from './read-write-set.js';
import { Simulation } from './simulation.js';
import type { Transaction } from './transaction.js';

/** An error of the peer itself: the chaincode did not answer. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

/** What an endorser signs; `payload` must be the same from all of them. */
export interface Endorsement {
  readonly response: peer.Response;
  readonly payload: Uint8Array;
}

/** One organisation's peer: its copy of the state, and its chaincode process. */
export class Endorser {
  readonly #state = new WorldState<Uint8Array>();
  readonly #connection: ChaincodeConnection;
  /** No block is committed while a transaction is simulated. */
  readonly #locks = new RwLocks();
  readonly #closed = new AbortController();
  #isDelayed = false;
  readonly #delayed: (() => void)[] = [];
  #commits = Promise.resolve();

  constructor(
    readonly mspId: string,
    chaincodeAddress: string,
  ) {
    this.#connection = new ChaincodeConnection(chaincodeAddress);
    // The block of the channel's configuration.
    this.#state.apply([]);
  }

  /** @throws PeerError */
  async endorse(proposal: Proposal): Promise<Endorsement> {
    const release = await this.#locks.acquire('state', this.#closed.signal, 'shared');
    try {
      const simulation = new Simulation(proposal.txId, proposal.chaincode, this.#state);
      const { response, event } = await this.#connection.invoke(proposal, simulation);
      return { response, payload: responsePayload(proposal, simulation, response, event) };
    } catch (error) {
      const reason = (error as Error).message;
      throw new PeerError(`error in simulation: failed to execute transaction ${proposal.txId}: ${reason}`);
    } finally {
      release();
    }
  }

  /** Validates the transactions of a block one after the other, and applies the valid ones. */
  commit(transactions: readonly Transaction[]): Promise<ValidationCode[]> {
    const { promise: delivered, resolve } = withResolvers<void>();
    if (this.#isDelayed) this.#delayed.push(resolve);
    else resolve();
    const committed = this.#commits.then(async () => {
      await delivered;
      const release = await this.#locks.acquire('state', this.#closed.signal);
      try {
        const codes = this.#state.validate(transactions);
        this.#state.apply(
          transactions.map((transaction, place) => ({ ...transaction, validationCode: codes[place] ?? 'VALID' })),
        );
        return codes;
      } finally {
        release();
      }
    });
    this.#commits = committed.then(
      () => {},
      () => {},
    );
    return committed;
  }

  /** From now on blocks do not arrive, as at a peer that lags behind. */
  delayBlocks(): void {
    this.#isDelayed = true;
  }

  deliverBlocks(): void {
    this.#isDelayed = false;
    for (const deliver of this.#delayed.splice(0)) deliver();
  }

  close(): void {
    this.#closed.abort();
    this.#connection.close();
  }
}

function responsePayload(
  proposal: Proposal,
  simulation: Simulation,
  response: peer.Response,
  event: peer.ChaincodeEvent | undefined,
): Uint8Array {
  const action = new peer.ChaincodeAction();
  action.setResponse(response);
  action.setResults(encodeResults(proposal.chaincode, simulation));
  if (event) {
    event.setTxId(proposal.txId);
    event.setChaincodeId(proposal.chaincode);
    action.setEvents(event.serializeBinary());
  }
  const payload = new peer.ProposalResponsePayload();
  payload.setProposalHash(hashOf(proposal.header));
  payload.setExtension$(action.serializeBinary());
  return payload.serializeBinary();
}

function hashOf(header: common.Header): Uint8Array {
  return createHash('sha256').update(header.serializeBinary()).digest();
}
