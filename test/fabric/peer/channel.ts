import { common } from '@hyperledger/fabric-protos';
import type { BlockFile } from './block-file.js';
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
    private readonly file?: BlockFile,
  ) {}

  get organisations(): readonly string[] {
    return this.endorsers.map(({ mspId }) => mspId);
  }

  /** Commits the blocks of the file, as a peer that starts again. */
  async recover(): Promise<void> {
    for (const envelopes of this.file?.read() ?? []) await Promise.all(this.#apply(envelopes));
  }

  /** Commits a block at every peer. It is in the file before anything of it can be seen. */
  commit(envelopes: readonly common.Envelope[]): void {
    this.file?.append(envelopes);
    // A peer that is closed commits no more.
    for (const each of this.#apply(envelopes)) each.catch(() => {});
  }

  #apply(envelopes: readonly common.Envelope[]): Promise<unknown>[] {
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
    return [recorded, ...others.map((endorser) => endorser.commit(transactions))];
  }
}
