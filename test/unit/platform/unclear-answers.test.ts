import { OutcomeUnknownError, type SpydraError } from 'spydra-sdk';
import { createSandbox, type Sandbox } from 'spydra-sdk/sandbox';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { endOf } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';
import { platformClient } from '../../helpers/platform.js';
import { fakeTime, leaping } from '../../helpers/time.js';
import { type Answer, answering, html, json, onceApplied, reset, UNCLEAR } from '../../helpers/unclear-answers.js';

let sandbox: Sandbox;
let assetId: string;
let sent: number;
beforeEach(async () => {
  sandbox = createSandbox();
  onTestFinished(() => sandbox.close());
  await using spydra = platformClient(sandbox);
  ({ assetId } = await spydra.assets.create(FLAT));
  await spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 10n });
  fakeTime();
  sent = 0;
});

/** A client whose transactions get these answers. */
function client(...answers: readonly Answer[]) {
  const spydra = platformClient(sandbox, { fetch: answering(sandbox, answers, () => void sent++) });
  onTestFinished(() => spydra.close());
  return spydra;
}

/** The transactions that are on the ledger of a type, by their ids. */
const applied = () =>
  sandbox.blocks
    .flatMap(({ transactions }) => transactions)
    .filter((each) => each.type === 'mint' && each.recipientWallet !== 'alice' && each.validationCode === 'VALID')
    .map(({ transactionId }) => transactionId);

const balance = async (walletId: string) => {
  await using spydra = platformClient(sandbox);
  return (await spydra.wallets.balance(walletId, { assetId })).balances[0]?.balance ?? 0n;
};

const mint = (spydra: ReturnType<typeof client>, idempotencyKey?: string, metadata = {}) =>
  spydra.tokens.mint({ assetId, recipientWallet: 'bob', amount: 5n, metadata }, { idempotencyKey });

describe.each(Object.entries(UNCLEAR))('a mint that is answered by %s', (_name, answer) => {
  it.each([undefined, 'order-1'])(
    'after it was applied is reported as done, and applied once, under the key %j',
    async (key) => {
      const { transactionId, newBalance } = await leaping(mint(client(onceApplied(answer)), key));
      expect(applied()).toEqual([transactionId]);
      expect([newBalance, sent]).toEqual([5n, 1]);
      if (key) expect((await leaping(mint(client(), key))).transactionId).toBe(transactionId);
      expect(applied()).toHaveLength(1);
    },
  );

  it('and never arrives is sent again, and applied once', async () => {
    const { transactionId } = await leaping(mint(client(answer), 'order-1'));
    expect(applied()).toEqual([transactionId]);
    expect(sent).toBe(2);
  });

  it('and arrives when it was sent again is applied once', async () => {
    const late: (() => Promise<unknown>)[] = [];
    const delayed: Answer = (forward, init) => {
      late.push(forward);
      return answer(forward, init);
    };
    const { transactionId } = await leaping(mint(client(delayed), 'order-1'));
    await late[0]?.();
    expect(applied()).toEqual([transactionId]);
    expect(await balance('bob')).toBe(5n);
  });

  it('each time, and is never applied, is unknown when the call is over, and can be repeated', async () => {
    const never = client(...Array<Answer>(1_000).fill(answer));
    const began = performance.now();
    const error = await leaping(endOf(mint(never, 'order-1')));
    // A read conflict is an end, as the retry policy says: the ledger was asked whether it is true.
    if (_name.includes('conflict')) {
      expect(error).toMatchObject({ code: 'TRANSACTION_FAILED', outcome: 'not-applied' });
    } else if (!_name.includes('refusal')) {
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      expect(performance.now() - began).toBeGreaterThanOrEqual(120_000);
    }
    expect((error as SpydraError).idempotencyKey).toBe('order-1');
    const { transactionId } = await leaping(mint(client(), 'order-1'));
    expect(applied()).toEqual([transactionId]);
  });
});

describe('a transfer that the contract would refuse by now', () => {
  const spend = (spydra: ReturnType<typeof client>, idempotencyKey?: string) =>
    spydra.tokens.transfer({ assetId, fromWallet: 'alice', toWallet: 'bob', amount: 10n }, { idempotencyKey });
  /** Loses the request, which arrives later, and spends what it would have spent. */
  const overtaken = (late: (() => Promise<unknown>)[], answer: () => Promise<Response>): Answer => {
    return async (forward) => {
      late.push(forward);
      await using other = platformClient(sandbox);
      await other.tokens.transfer({ assetId, fromWallet: 'alice', toWallet: 'carol', amount: 10n });
      return answer();
    };
  };
  const refund = async () => {
    await using other = platformClient(sandbox);
    await other.tokens.transfer({ assetId, fromWallet: 'carol', toWallet: 'alice', amount: 10n });
  };

  it('is refused for ever under a key of the call: it is made void', async () => {
    const late: (() => Promise<unknown>)[] = [];
    const error = await leaping(endOf(spend(client(overtaken(late, async () => html(502))))));
    expect(error).toMatchObject({ code: 'INSUFFICIENT_BALANCE', outcome: 'not-applied' });
    await refund();
    await late[0]?.();
    expect([await balance('alice'), await balance('bob')]).toEqual([10n, 0n]);
  });

  it('is unknown under a key of the caller, until that is made void', async () => {
    const late: (() => Promise<unknown>)[] = [];
    const spydra = client(overtaken(late, async () => html(502)));
    const error = await leaping(endOf(spend(spydra, 'order-1')));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', idempotencyKey: 'order-1', retryable: true });
    const found = await leaping(spydra.transactions.reconcile('order-1', { void: true }));
    expect(found).toEqual({ state: 'not-found', final: true });
    await refund();
    await late[0]?.();
    expect([await balance('alice'), await balance('bob')]).toEqual([10n, 0n]);
  });

  it('is unknown if a response repeats what was sent, and that reads like a refusal', async () => {
    const late: (() => Promise<unknown>)[] = [];
    const echo: Answer = (forward, init) =>
      overtaken(late, async () => json(500, { message: 'timeout', request: JSON.parse(String(init.body)) }))(
        forward,
        init,
      );
    const note = '{"code":"INSUFFICIENT_BALANCE","message":"The balance is too small."}';
    const spydra = client(echo);
    const order = { assetId, fromWallet: 'alice', toWallet: 'bob', amount: 10n, metadata: { note } };
    const error = await leaping(endOf(spydra.tokens.transfer(order, { idempotencyKey: 'order-1' })));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    await refund();
    await late[0]?.();
    expect(await balance('bob')).toBe(10n);
  });

  it('is refused at once if the response states that, whatever the body', async () => {
    const refusal = '{"code":"INSUFFICIENT_BALANCE","message":"The balance is too small."}';
    for (const body of [{ message: refusal }, { error: { details: [JSON.stringify({ refusal })] } }]) {
      const late: (() => Promise<unknown>)[] = [];
      const spydra = client(overtaken(late, async () => json(500, body)));
      const began = performance.now();
      const error = await leaping(endOf(spend(spydra, 'order-1')));
      expect(error).toMatchObject({ code: 'INSUFFICIENT_BALANCE', outcome: 'not-applied' });
      expect(performance.now() - began).toBeLessThan(1_000);
      await refund();
    }
  });
});

describe('a batch', () => {
  const moves = () =>
    [4n, 100n, 6n].map((amount, n) => ({ assetId, fromWallet: 'alice', toWallet: `buyer-${n}`, amount }));

  it.each(Object.entries(UNCLEAR))(
    'whose answer is %s reports each order as it is on the ledger',
    async (_name, answer) => {
      const results = await leaping(client(onceApplied(answer)).tokens.transferMany(moves()));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(results[1]).toMatchObject({ reason: { code: 'INSUFFICIENT_BALANCE' } });
      expect([await balance('alice'), await balance('buyer-0'), await balance('buyer-2')]).toEqual([0n, 4n, 6n]);
    },
  );

  it('leaves an order unknown that its keys leave open, and reports the others as done', async () => {
    const spydra = client(onceApplied(async () => Promise.reject(reset())));
    const results = await leaping(spydra.tokens.transferMany(moves(), { batchKey: 'run-1' }));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'OUTCOME_UNKNOWN', outcome: 'unknown' } });
  });
});

describe('a server that is not right about the past', () => {
  it.each([400, 403, 404, 413])('and responds %i to a mint that it has applied is not believed', async (status) => {
    const { transactionId } = await leaping(mint(client(onceApplied(async () => json(status, { message: 'no' })))));
    expect(applied()).toEqual([transactionId]);
  });

  it.each([400, 403, 404, 413])(
    'and responds %i to a mint that it has not applied ends the call at once',
    async (status) => {
      const error = await leaping(endOf(mint(client(async () => json(status, { message: 'no' })))));
      expect(error).toMatchObject({ status, outcome: 'not-applied' });
      expect([applied(), sent]).toEqual([[], 1]);
    },
  );
});

it('what was never sent is not applied, and is no unknown outcome', async () => {
  const refused = () => Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
  const spydra = client(...Array<Answer>(10).fill(async () => Promise.reject(refused())));
  const error = await leaping(endOf(mint(spydra, 'order-1')));
  expect(error).toBeInstanceOf(OutcomeUnknownError);
  const fresh = client(...Array<Answer>(10).fill(async () => Promise.reject(refused())));
  expect(await leaping(endOf(mint(fresh)))).toMatchObject({ code: 'CONNECTION', outcome: 'not-applied' });
  expect(applied()).toEqual([]);
});

it('a write that the contract refuses is not sent', async () => {
  const spydra = client();
  const error = await leaping(
    endOf(spydra.tokens.transfer({ assetId, fromWallet: 'alice', toWallet: 'bob', amount: 11n })),
  );
  expect(error).toMatchObject({ code: 'INSUFFICIENT_BALANCE', outcome: 'not-applied' });
  expect(sent).toBe(0);
});

it('a write that was applied under its key is not sent again', async () => {
  const spydra = client();
  const first = await leaping(mint(spydra, 'order-1'));
  const again = await leaping(mint(spydra, 'order-1'));
  expect([again.transactionId, sent]).toEqual([first.transactionId, 1]);
});
