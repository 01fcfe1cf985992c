import { NotFoundError, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { fakeTime, until } from '../../helpers/time.js';
import { ledger, type Question, record } from './committing-ledger.js';

const mint = (spydra: SpydraClient, number: number) =>
  spydra.tokens.mint({ assetId: 'a1', recipientWallet: `${number}`, amount: 1 });
const mints = (spydra: SpydraClient, count: number, first = 1) =>
  Array.from({ length: count }, (_, index) => mint(spydra, first + index));

/** How many milliseconds pass until it resolves. */
async function passed(promise: Promise<unknown>, pass: (ms: number) => Promise<unknown>): Promise<number> {
  let isOver = false;
  void promise.then(() => {
    isOver = true;
  });
  let ms = 0;
  for (; !isOver; ms += 10) await pass(10);
  return ms;
}

describe('waiting for commits', () => {
  it('of a thousand writes takes few requests, one block after the other', async () => {
    const pass = fakeTime();
    const { spydra, asked, accepted, commit, count } = ledger();
    for (const block of [1, 2, 3]) {
      const before = asked.length;
      const writes = Promise.all(mints(spydra, 1_000, 1_000 * block));
      await until(() => accepted.length === 1_000 * block);
      await pass(2_000);
      commit();
      await pass(300);
      for (const { status } of await writes) expect(status).toBe('committed');
      // The block time is not learned yet; then it is.
      expect(asked.length - before).toBeLessThan(block === 1 ? 30 : 10);
    }
    expect(count('list')).toBeLessThan(10);
  });

  it('of writes that are accepted one after the other takes few requests', async () => {
    const pass = fakeTime();
    const { spydra, asked, accepted, commit } = ledger();
    const writes: Promise<{ status: string }>[] = [];
    for (let n = 1; n <= 100; n++) {
      writes.push(mint(spydra, n));
      await until(() => accepted.length === n);
      await pass(10);
    }
    commit();
    await pass(300);
    for (const { status } of await Promise.all(writes)) expect(status).toBe('committed');
    expect(asked.length).toBeLessThan(40);
  });

  it('of many writes reads two pages of the list at once', async () => {
    let open = 0;
    let most = 0;
    const { spydra, accepted, commit } = ledger({
      async answer(question) {
        if (question === 'one') return undefined;
        open++;
        most = Math.max(most, open);
        await new Promise(setImmediate);
        open--;
        return undefined;
      },
    });
    const writes = Promise.all(mints(spydra, 300));
    await until(() => accepted.length === 300);
    commit();
    for (const { status } of await writes) expect(status).toBe('committed');
    expect(most).toBe(2);
  });

  it('of one write sends the first poll when the commit is likely', async () => {
    const pass = fakeTime();
    const { spydra, asked, accepted, commit } = ledger();
    for (let n = 1; n <= 8; n++) {
      const write = mint(spydra, n);
      await until(() => accepted.length === n);
      const before = asked.length;
      if (n === 8) {
        await pass(1_500);
        expect(asked).toHaveLength(before);
        await pass(500);
      } else await pass(2_000);
      commit();
      await pass(300);
      expect((await write).status).toBe('committed');
    }
  });

  it('adapts to faster commits', async () => {
    const pass = fakeTime();
    const { spydra, accepted, commit } = ledger();
    let n = 0;
    /** The delay between a commit and the end of its call. */
    const lateness = async (blockTime: number) => {
      const write = mint(spydra, n);
      n++;
      await until(() => accepted.length === n);
      await pass(blockTime);
      commit();
      return passed(write, pass);
    };
    for (let i = 0; i < 6; i++) await lateness(5_000);
    for (let i = 0; i < 20; i++) await lateness(500);
    expect(await lateness(500)).toBeLessThan(150);
  });

  it('of writes whose commits take one to three seconds ends at most 250 ms after each, from the third on', async () => {
    const pass = fakeTime();
    const { spydra, asked, accepted, commit } = ledger();
    const late: number[] = [];
    for (const [n, blockTime] of [3_000, 1_000, 2_600, 1_400, 3_000, 1_000, 1_800, 1_000, 2_600].entries()) {
      const write = mint(spydra, n);
      await until(() => accepted.length === n + 1);
      const before = asked.length;
      await pass(blockTime);
      commit();
      late.push(await passed(write, pass));
      expect(asked.length - before).toBeLessThan(40);
    }
    expect(Math.max(...late)).toBeLessThan(600);
    expect(Math.max(...late.slice(2))).toBeLessThanOrEqual(250);
  });

  it('of writes that follow each other without an end ends at most 100 ms after each block', async () => {
    const pass = fakeTime();
    const { spydra, accepted, commit } = ledger();
    const late: Promise<number>[] = [];
    for (const blockSize of [40, 40, 20, 40, 20, 40, 20, 60, 20, 40]) {
      let committedAt = 0;
      for (let n = 0; n < blockSize; n++) {
        const write = mint(spydra, late.length);
        late.push(write.then(() => performance.now() - committedAt));
        await until(() => accepted.length === late.length);
        await pass(50);
      }
      committedAt = performance.now();
      commit();
    }
    await pass(1_000);
    expect(Math.max(...(await Promise.all(late.slice(0, -40))))).toBeLessThanOrEqual(100);
    await Promise.all(late);
  });

  it('resolves each wait if the list lacks the transaction or fails', async () => {
    for (const server of [
      { listed: (ids: readonly string[]) => ids.filter((_, index) => index % 2 === 0) },
      { listed: () => [] },
      { answer: (question: Question) => (question === 'list' ? Response.json({}, { status: 403 }) : undefined) },
      { answer: (question: Question) => (question === 'list' ? Response.json({ odd: true }) : undefined) },
    ]) {
      const { spydra, accepted, commit } = ledger(server);
      const writes = Promise.all(mints(spydra, 70));
      await until(() => accepted.length === 70);
      commit();
      for (const { status } of await writes) expect(status).toBe('committed');
    }
  });

  it('is not blocked by a transaction that is unknown or stays pending', async () => {
    const { spydra, accepted, commit } = ledger({
      answer: (question, id) =>
        question === 'one' && id === 't1' ? Response.json(record('t1', 'PENDING')) : undefined,
      listed: (ids) => ids.filter((id) => id !== 't1'),
    });
    const controller = new AbortController();
    const missing = rejection(spydra.transactions.wait('nowhere', { signal: controller.signal }));
    const stuck = rejection(spydra.transactions.wait('t1', { signal: controller.signal }));
    const [, ...writes] = mints(spydra, 20).map((write) => write.catch((error: unknown) => error));
    await until(() => accepted.length === 20);
    commit();
    for (const result of await Promise.all(writes)) expect(result).toMatchObject({ status: 'committed' });
    controller.abort();
    for (const error of await Promise.all([missing, stuck])) expect(error).toMatchObject({ code: 'ABORTED' });
  });

  it('is not blocked by a poll without a response', async () => {
    let isHanging = true;
    const { spydra, accepted, commit } = ledger({
      answer: (_question, _id, n) => (isHanging && n <= 2 ? new Promise<Response>(() => {}) : undefined),
    });
    const writes = Promise.all(mints(spydra, 5));
    await until(() => accepted.length === 5);
    commit();
    for (const { status } of await writes) expect(status).toBe('committed');
    isHanging = false;
  });

  it('continues if the list lags or has a failure without a reason', async () => {
    const stale = (status: string) =>
      Response.json({ transactions: [...Array(70).keys()].map((n) => record(`t${n + 1}`, status)), total: 70 });
    for (const status of ['PENDING', 'FAILED']) {
      const { spydra, accepted, commit } = ledger({
        answer: (question) => (question === 'list' ? stale(status) : undefined),
      });
      const writes = Promise.all(mints(spydra, 70));
      await until(() => accepted.length === 70);
      commit();
      for (const { status } of await writes) expect(status).toBe('committed');
    }
  });

  it('finds few commits among many transactions that stay pending', async () => {
    const pass = fakeTime();
    const { spydra, accepted } = ledger({ statusOf: (id) => (id === 't60' ? 'COMMITTED' : 'PENDING') });
    const writes = mints(spydra, 100).map((write) => write.catch((error: unknown) => error));
    await until(() => accepted.length === 100);
    await pass(10_000);
    expect(await writes[59]).toMatchObject({ status: 'committed' });
    await Promise.all([spydra.close(), ...writes]);
  });

  it('does not slow down later calls after one slow commit', async () => {
    const pass = fakeTime();
    const { spydra, accepted, commit } = ledger();
    const slow = mint(spydra, 1);
    await until(() => accepted.length === 1);
    await pass(60_000);
    commit();
    await pass(5_000);
    await slow;
    const input = { assetId: 'a1', recipientWallet: 'next', amount: 1 };
    const quick = spydra.tokens.mint(input, { deadline: 3_000 }).catch((error: unknown) => error);
    await until(() => accepted.length === 2);
    commit();
    await pass(3_000);
    expect(await quick).toMatchObject({ status: 'committed' });
  });

  it('is not blocked by a transaction whose polls get no response', async () => {
    const pass = fakeTime();
    const { spydra, accepted, commit } = ledger({
      answer: (_question, id) => (id === 'stuck' ? new Promise<Response>(() => {}) : undefined),
    });
    const stuck = rejection(spydra.transactions.wait('stuck'));
    await pass(20_000);
    const write = mint(spydra, 1);
    await until(() => accepted.length === 1);
    commit();
    await pass(2_000);
    expect((await write).status).toBe('committed');
    await spydra.close();
    expect(await stuck).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('polls at once for a transaction that may be committed already', async () => {
    const pass = fakeTime();
    const { spydra, accepted, asked, commit } = ledger();
    const write = mint(spydra, 1);
    await until(() => accepted.length === 1);
    await pass(5_000);
    commit();
    await pass(500);
    await write;
    const before = asked.length;
    const again = spydra.transactions.wait('t1');
    await pass(1);
    expect(await again).toMatchObject({ status: 'COMMITTED' });
    expect(asked.length - before).toBe(1);
  });

  it('ends if the transaction stays unknown', async () => {
    const pass = fakeTime();
    const { spydra } = ledger();
    const missing = rejection(spydra.transactions.wait('nowhere'));
    await pass(15_000);
    expect(await missing).toBeInstanceOf(NotFoundError);
  });

  it('does not state that a transaction id of the caller was accepted', async () => {
    const pass = fakeTime();
    const { spydra } = ledger();
    const missing = rejection(spydra.transactions.wait('nowhere', { deadline: 1_000 }));
    await pass(1_000);
    expect(await missing).toMatchObject({ code: 'OUTCOME_UNKNOWN', stage: 'commit', transactionId: 'nowhere' });
    expect(((await missing) as Error).message).toMatch(
      /^The commit of transaction nowhere was not seen: .* Check the id/,
    );
  });

  it('stops polling when no call waits', async () => {
    const pass = fakeTime();
    const { spydra, asked, accepted } = ledger();
    const late = Promise.all(
      mints(spydra, 10).map((write) => rejection(write.then(() => Promise.reject(new Error('committed'))))),
    );
    await until(() => accepted.length === 10);
    await spydra.close();
    for (const error of await late) expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', stage: 'commit' });
    const before = asked.length;
    expect(vi.getTimerCount()).toBe(0);
    await pass(60_000);
    expect(asked).toHaveLength(before);
  });
});
