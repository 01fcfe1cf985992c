import { type Check, expectEqual, issued, type Scene } from './scene.js';

type Checkpoint = Awaited<ReturnType<Scene['client']['transactions']['checkpoint']>>;

/** Milliseconds in which transactions must be seen. */
const DEADLINE = 60_000;

export const WATCHING: Readonly<Record<string, Check>> = {
  async 'a watch has each transaction after its checkpoint, and resumes after each of them'(scene) {
    const { client, another, wallet } = scene;
    const assetId = await issued(scene, { minted: 0n });
    const from = await client.transactions.checkpoint({ assetId });
    const written: string[] = [];
    for (let n = 0; n < 4; n++) {
      const mint = await client.tokens.mint({ assetId, recipientWallet: wallet('alice'), amount: 1n });
      written.push(mint.transactionId);
    }
    const other = await another();
    /** The first so many transactions after a checkpoint, with their own. */
    const watched = async (after: Checkpoint, count: number) => {
      const seen = new Map<string, Checkpoint>();
      for await (const { record, checkpoint } of other.transactions.watch({
        assetId,
        from: after,
        deadline: DEADLINE,
      })) {
        if (!seen.has(record.transactionId)) seen.set(record.transactionId, JSON.parse(JSON.stringify(checkpoint)));
        if (seen.size >= count) break;
      }
      return seen;
    };
    const all = await watched(from, written.length);
    expectEqual([...all.keys()], written, 'the watched transactions');
    for (const [n, checkpoint] of [...all.values()].slice(0, -1).entries()) {
      const left = written.slice(n + 1);
      expectEqual([...(await watched(checkpoint, left.length)).keys()], left, 'those after a checkpoint');
    }
  },
};
