import { manualClock } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seeded, whole } from '../../../test/faults/random.js';
import { scaled } from '../../../test/helpers/scale.js';
import {
  expectPaid,
  pending,
  plain,
  read,
  rowsOf,
  shuffled,
  spreadsheet,
  sum,
  transfersOn,
  transfersReach,
  world,
} from './helpers/distribution.js';

const WALLETS = scaled(100);

describe('npm run distribute', () => {
  it('pays each wallet once, although it is killed three times and run again in another order', async () => {
    const random = seeded(20_260_101);
    // A server that does not honour the key: whatever is not paid twice is so by the script and the SDK.
    const { distribute, ...ledger } = await world({ blockTime: 10, idempotency: 'filter' });
    const { sandbox, spydra } = ledger;
    const rows = rowsOf(WALLETS);
    const moments = [0.01, 0.34, 0.68].map((least) => whole(random, least * WALLETS, (least + 0.3) * WALLETS));
    for (const [round, moment] of moments.entries()) {
      const run = distribute(spreadsheet(shuffled(random, rows)));
      await run.until(transfersReach(sandbox, moment));
      // One is killed just after a commit that it has not seen yet, the others while a transfer is pending.
      if (round > 0) await run.until(pending(spydra, 1));
      run.child.kill('SIGKILL');
      expect(await run.exited).toBe('SIGKILL');
      expect(transfersOn(sandbox)).toBeLessThan(rows.length);
    }

    const last = distribute(spreadsheet(shuffled(random, rows)));
    expect(await last.exited).toBe(0);
    expect(read(last.printed.out)).toMatchObject({
      total: WALLETS,
      done: WALLETS,
      notDone: 0,
      unknown: 0,
      tokens: sum(rows),
    });
    expect(last.printed.err).toMatch(
      new RegExp(`^${WALLETS / 10}/${WALLETS} done, .*\\n(.*\\n)*${WALLETS}/${WALLETS} done, .*\\n$`),
    );
    await expectPaid(ledger, rows);

    const height = sandbox.blocks.length;
    const again = distribute(spreadsheet(rows));
    expect(await again.exited).toBe(0);
    expect(again.printed.out).toBe(last.printed.out);
    expect(sandbox.blocks).toHaveLength(height);
  });

  it('reports the outcome of each row on Ctrl-C, and the next run does the rest', async () => {
    const { distribute, ...ledger } = await world({ blockTime: 10 });
    const rows = rowsOf(60);
    const stopped = distribute(spreadsheet(rows));
    await stopped.until(transfersReach(ledger.sandbox, 20));
    stopped.child.kill('SIGINT');
    expect(await stopped.exited).toBe(130);
    expect(stopped.printed.err).toContain('Stopping');

    const { lists, ...sums } = read(stopped.printed.out);
    const unlisted = rows.filter(({ wallet }) => ![...lists.notDone, ...lists.unknown].includes(wallet));
    expect(sums).toEqual({
      total: 60,
      done: unlisted.length,
      notDone: lists.notDone.length,
      unknown: lists.unknown.length,
      tokens: sum(unlisted),
    });
    expect(unlisted.length + lists.unknown.length).toBeGreaterThanOrEqual(20);
    expect(sums.notDone).toBeGreaterThan(0);
    const holders = new Map((await ledger.spydra.tokens.holders(ledger.assetId)).map((h) => [h.wallet, h.balance]));
    for (const { wallet, amount } of unlisted) expect(holders.get(wallet)).toBe(amount);
    for (const wallet of lists.notDone) expect(holders.has(wallet)).toBe(false);

    const again = distribute(spreadsheet(rows));
    expect(await again.exited).toBe(0);
    await expectPaid(ledger, rows);
  });

  describe('on a ledger that cuts no block', () => {
    /** Three pending rows, which stay pending until the clock moves. */
    async function stuck() {
      const clock = manualClock();
      const tick = () => {
        const ticking = setInterval(() => clock.advance(2_000), 10);
        return () => clearInterval(ticking);
      };
      const stop = tick();
      const { distribute, ...ledger } = await world({ blockTime: 2_000, clock });
      stop();
      const rows = rowsOf(10).slice(7);
      const run = distribute(plain(rows));
      await run.until(pending(ledger.spydra, rows.length));
      return { ...ledger, distribute, rows, run, clock, tick };
    }

    it('checks the pending rows on Ctrl-C', async () => {
      const { rows, run, clock, spydra, assetId } = await stuck();
      run.child.kill('SIGINT');
      await expect.poll(() => run.printed.err).toContain('Stopping');
      // Of transfers from one wallet a block commits one.
      clock.advance(2_000);
      expect(await run.exited).toBe(130);
      const holders = new Map((await spydra.tokens.holders(assetId)).map(({ wallet, balance }) => [wallet, balance]));
      const paid = rows.filter(({ wallet }) => holders.has(wallet));
      expect(paid).toHaveLength(1);
      const { lists, ...sums } = read(run.printed.out);
      expect(sums).toMatchObject({ total: 3, done: 1, tokens: sum(paid) });
      const others = rows.filter((row) => !paid.includes(row)).map(({ wallet }) => wallet);
      expect([...lists.notDone, ...lists.unknown].sort()).toEqual(others);
    });

    it('names the transactions of unknown rows on Ctrl-C, and the next run finishes them', async () => {
      const { distribute, rows, run, tick, ...ledger } = await stuck();
      run.child.kill('SIGTERM');
      expect(await run.exited).toBe(130);
      expect(read(run.printed.out)).toEqual({
        ...{ total: 3, done: 0, notDone: 0, unknown: 3, tokens: 0n },
        lists: { notDone: [], unknown: rows.map(({ wallet }) => wallet) },
      });
      const { items } = await ledger.spydra.transactions.list({ type: 'transfer' });
      for (const { transactionId } of items) expect(run.printed.out).toContain(transactionId);
      expect(run.printed.out).toContain('Run the same command again');

      onTestFinished(tick());
      expect(await distribute(plain(rows)).exited).toBe(0);
      await expectPaid(ledger, rows);
    });

    it('exits at once on a second Ctrl-C', async () => {
      const { run } = await stuck();
      // As fast as nobody types: those that come at once are taken for one.
      const pressing = setInterval(() => run.child.kill('SIGINT'), 300);
      onTestFinished(() => clearInterval(pressing));
      expect(await run.exited).toBe(130);
      expect(run.printed.out).toBe('');
    });
  });
});
