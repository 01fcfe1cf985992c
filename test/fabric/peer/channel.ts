import { common } from '@hyperledger/fabric-protos';
import { BlockStore } from './block-store.js';
import type { Endorser } from './endorser.js';
import { readTransaction } from './transaction.js';

/** One channel: its peers, each with a copy of the state, and the blocks that the first of them has committed. */
export class Channel {
  readonly blocks = new BlockStore();

  constructor(
    readonly name: string,
    readonly chaincode: string,
    /** The first one is the peer that clients talk to. */
    readonly endorsers: readonly [Endorser, ...Endorser[]],
  ) {}

  get organisations(): readonly string[] {
    return this.endorsers.map(({ mspId }) => mspId);
  }

  /** Commits a block at every peer. */
  commit(envelopes: readonly common.Envelope[]): void {
    // A copy: a client may send the same object again.
    const transactions = envelopes.map((envelope) =>
      readTransaction(common.Envelope.deserializeBinary(envelope.serializeBinary())),
    );
    const [first, ...others] = this.endorsers;
    const recorded = first.commit(transactions).then((codes) => {
      this.blocks.add(
        transactions.map(({ txId, envelope, chaincodeEvent }, place) => {
          const code = codes[place];
          if (code === undefined) throw new Error('a transaction without a code');
          return { txId, envelope, chaincodeEvent, code };
        }),
      );
    });
    // A peer that is closed commits no more.
    for (const each of [recorded, ...others.map((endorser) => endorser.commit(transactions))]) each.catch(() => {});
  }
}
