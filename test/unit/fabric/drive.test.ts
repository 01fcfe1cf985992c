import { AbortedError, OutcomeUnknownError, SpydraClient } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endOf, rejection } from '../../helpers/client.js';
import { EXPIRED, FakeGateway, TOO_LARGE, UNAVAILABLE } from '../../helpers/fake-gateway.js';
import { laterByMilliseconds } from '../../helpers/time.js';
import { BACKEND } from '../contract/harness.js';
import { ended, KEYED, setUp } from './set-up.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a transaction', () => {
  it('is endorsed, submitted, and committed', async () => {
    const { gateway, mint, balance } = await setUp();
    expect(await ended(mint())).toMatchObject({ status: 'committed', newBalance: 7n });
    expect(gateway.log.map((entry) => entry.split(' ')[0])).toEqual(['endorse', 'submit', 'status', 'evaluate']);
    expect(await balance()).toBe('7');
  });

  it('is not ordered again if its key has a claim', async () => {
    const { gateway, mint, balance } = await setUp();
    const { transactionId } = await ended(mint());
    expect(await ended(mint())).toMatchObject({ transactionId, status: 'committed' });
    expect(gateway.count('submit')).toBe(1);
    expect(await balance()).toBe('7');
  });

  it.each([
    [['lost'], 2],
    [['lost', 'lost', 'lost', 'lost'], 5],
    [['unanswered'], 1],
    [['forgotten'], 2],
    [['forgotten', 'forgotten', 'lost', 'unanswered'], 4],
  ] as const)('whose submissions are %j is sent again as the same envelope, and applied once', async (faults, sent) => {
    const { gateway, mint, balance } = await setUp();
    gateway.submissions = [...faults];
    expect(await ended(mint())).toMatchObject({ status: 'committed', newBalance: 7n });
    const submits = gateway.log.filter((entry) => entry.startsWith('submit'));
    expect(submits).toHaveLength(sent);
    expect(new Set(submits).size).toBe(1);
    expect(gateway.count('endorse')).toBe(1);
    expect(await balance()).toBe('7');
  });

  it('is not submitted after its deadline, if the process was busy when the endorsement came', async () => {
    const { channel, gateway, mint, balance } = await setUp();
    const pass = laterByMilliseconds();
    const propose = channel.propose.bind(channel);
    vi.spyOn(channel, 'propose').mockImplementation((...proposal) => {
      pass(5_000);
      return propose(...proposal);
    });
    const error = await ended(rejection(mint({ idempotencyKey: undefined, deadline: 5_000 })));
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-applied' });
    expect(gateway.count('submit')).toBe(0);
    expect(await balance()).toBe('0');
  });

  it('waits seconds before it sends an accepted envelope again', async () => {
    const { gateway, mint } = await setUp();
    gateway.submissions = ['forgotten'];
    const minted = mint();
    await vi.advanceTimersByTimeAsync(4_900);
    expect(gateway.count('submit')).toBe(1);
    await ended(minted);
    expect(gateway.count('submit')).toBe(2);
  });

  it.each([
    ['a size that no block takes', TOO_LARGE, {}, 'INVALID_REQUEST', '10485761 bytes and exceeds maximum allowed'],
    ['a size that no block takes, under a key', TOO_LARGE, KEYED, 'INVALID_REQUEST', '10485761 bytes'],
    ['an expired certificate', EXPIRED, {}, 'FORBIDDEN', 'enroll it again'],
    ['an expired certificate, under a key', EXPIRED, KEYED, 'FORBIDDEN', 'enroll it again'],
  ])('that the orderer refuses for %s is not sent again', async (_, refusal, options, code, message) => {
    const { gateway, spydra, assetId, balance } = await setUp();
    gateway.submissions = [refusal()];
    const error = await ended(
      rejection(spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n }, options)),
    );
    expect(error).toMatchObject({ code, outcome: 'not-applied', retryable: false });
    expect((error as Error).message).toContain(message);
    expect(gateway.count('submit')).toBe(1);
    expect(await balance()).toBe('0');
  });

  it('that one orderer has taken and another one refused, as the certificate expired, is applied once', async () => {
    const { gateway, mint } = await setUp();
    gateway.submissions = [EXPIRED()];
    gateway.failures.status = ['VALID'];
    expect(await ended(mint())).toMatchObject({ status: 'committed' });
    expect(gateway.count('submit')).toBe(1);
  });

  it.each([
    ['its size', TOO_LARGE],
    ['its certificate', EXPIRED],
  ])('that was sent before is uncertain when the orderer refuses %s, and is sent again', async (_, refusal) => {
    const { gateway, mint, balance } = await setUp();
    gateway.submissions = ['lost', refusal()];
    expect(await ended(mint())).toMatchObject({ status: 'committed' });
    expect(gateway.count('submit')).toBe(3);
    expect(await balance()).toBe('7');
  });

  it.each([['DUPLICATE_TXID'], ['NOT_VALIDATED']] as const)(
    'has not ended by the status %s: that says nothing of its first envelope',
    async (code) => {
      const { gateway, mint, balance } = await setUp();
      gateway.failures.status = [code, code];
      expect(await ended(mint())).toMatchObject({ status: 'committed' });
      expect(await balance()).toBe('7');
    },
  );

  it('survives a peer that dies while the commit is waited for', async () => {
    const { gateway, mint, balance } = await setUp();
    gateway.failures.status = [UNAVAILABLE(), UNAVAILABLE(), UNAVAILABLE()];
    expect(await ended(mint())).toMatchObject({ status: 'committed' });
    expect(await balance()).toBe('7');
  });

  it('with confirm: false is accepted, and waited for by its id alone by another client', async () => {
    const { channel, gateway, mint } = await setUp();
    const { transactionId, status } = await ended(mint({ confirm: false }));
    expect(status).toBe('pending');
    expect(gateway.count('status')).toBe(0);
    const restarted = new FakeGateway(channel);
    for (const [id, code] of gateway.codes) restarted.codes.set(id, code);
    const other = new SpydraClient({
      ledger: fabricLedger({ gateway: restarted, channel: 'ch', chaincode: 'spydra' }),
    });
    expect(await ended(other.transactions.wait(transactionId))).toMatchObject({ type: 'mint', status: 'COMMITTED' });
    await other.close();
  });
});

describe('an unknown outcome', () => {
  it.each([
    ['lost', 'submit'],
    ['forgotten', 'commit'],
  ] as const)('is reported when the call is over and the submissions were %s', async (fault, stage) => {
    const { gateway, mint, balance } = await setUp();
    gateway.submissions = Array.from({ length: 1_000 }, () => fault);
    const error = (await ended(rejection(mint({ deadline: 60_000 })))) as OutcomeUnknownError;
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ stage, ...KEYED, outcome: 'unknown', retryable: true });
    expect(error.transactionId).toMatch(/^[0-9a-f]{64}$/);
    expect(error.message).toContain('at once or at any time');
    // Called again, by whichever process: applied once.
    gateway.submissions = [];
    expect(await ended(mint())).toMatchObject({ status: 'committed' });
    expect(await ended(mint())).toMatchObject({ status: 'committed' });
    expect(await balance()).toBe('7');
  });

  it.each(['signal', 'close'])('is reported when %s ends a call that has submitted', async (how) => {
    const { gateway, spydra, mint, balance } = await setUp();
    gateway.submissions = ['unanswered'];
    gateway.failures.status = ['never'];
    const controller = new AbortController();
    const minted = rejection(mint({ signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(30_000);
    if (how === 'signal') controller.abort();
    else await spydra.close();
    const error = await minted;
    const transactionId = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', ...KEYED, transactionId });
    expect(await balance()).toBe('7');
  });

  it('is not reported if the call ends before anything was submitted', async () => {
    const { gateway, spydra, assetId } = await setUp();
    const controller = new AbortController();
    gateway.failures.endorse = [UNAVAILABLE()];
    const input = { assetId, recipientWallet: 'alice', amount: 7n };
    const minted = rejection(spydra.tokens.mint(input, { signal: controller.signal, retries: { delay: () => 1_000 } }));
    await vi.advanceTimersByTimeAsync(100);
    controller.abort();
    expect(await minted).toBeInstanceOf(AbortedError);
    expect(gateway.count('submit')).toBe(0);
  });

  it('of a request that gRPC does not answer is cancelled by the signal', async () => {
    const { gateway, mint } = await setUp();
    gateway.submissions = ['forgotten'];
    const controller = new AbortController();
    const minted = rejection(mint({ signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(gateway.cancelled).toBe(0);
    controller.abort();
    await minted;
    expect(gateway.cancelled).toBe(1);
  });
});

describe('a read conflict', () => {
  it('is proposed again under the same claim, and applied once', async () => {
    const { channel, gateway, assetId, mint, balance } = await setUp();
    let isFirst = true;
    gateway.beforeOrdered = async () => {
      if (isFirst) await channel.mint(assetId, 'bob', '1');
      isFirst = false;
    };
    expect(await ended(mint())).toMatchObject({ status: 'committed', newBalance: 7n });
    expect([...gateway.codes.values()]).toEqual(['MVCC_READ_CONFLICT', 'VALID']);
    expect(await balance()).toBe('7');
  });

  it('with the same call of another process returns the result of that', async () => {
    const { channel, gateway, assetId, mint, balance } = await setUp();
    let first = '';
    gateway.beforeOrdered = async () => {
      const order = { assetId, minterWallet: 'alice', recipientWallet: 'alice', amount: '7' };
      first ||= (await channel.submit(BACKEND, 'MintTokens', order, 'order-7')).transactionId;
    };
    expect(await ended(mint())).toMatchObject({ status: 'committed', transactionId: first, newBalance: 7n });
    expect([...gateway.codes.values()]).toEqual(['MVCC_READ_CONFLICT']);
    expect(await balance()).toBe('7');
  });

  it('then refused is not applied: no envelope of it can become valid', async () => {
    const { channel, gateway, spydra, assetId } = await setUp();
    await channel.mint(assetId, 'alice', '7');
    gateway.beforeOrdered = async () => {
      gateway.beforeOrdered = async () => {};
      await channel.transfer(assetId, 'alice', 'bob', '7');
    };
    const input = { assetId, fromWallet: 'alice', toWallet: 'carol', amount: 7n };
    const error = await ended(rejection(spydra.tokens.transfer(input, KEYED)));
    expect(error).toMatchObject({ code: 'INSUFFICIENT_BALANCE', outcome: 'not-applied', ...KEYED });
    expect(gateway.log.at(-1)).toBe('evaluate Claim');
  });

  it('that is final for the caller has changed nothing', async () => {
    const { channel, gateway, assetId, mint } = await setUp();
    gateway.beforeOrdered = async () => {
      await channel.mint(assetId, 'bob', '1');
    };
    const error = await ended(rejection(mint({ retries: 2 })));
    expect(error).toMatchObject({ code: 'TRANSACTION_FAILED', validationCode: 'MVCC_READ_CONFLICT' });
    expect(gateway.count('submit')).toBe(3);
    expect(await channel.balance(assetId, 'alice')).toBe('0');
  });
});

describe('transactions', () => {
  it('that have failed are known by their id', async () => {
    const { channel, gateway, spydra, assetId, mint } = await setUp();
    gateway.beforeOrdered = async () => {
      await channel.mint(assetId, 'bob', '1');
    };
    await ended(endOf(mint({ retries: 0 })));
    const [id = ''] = gateway.codes.keys();
    expect(await ended(spydra.transactions.get(id))).toMatchObject({ status: 'FAILED', error: 'MVCC_READ_CONFLICT' });
    expect(await ended(rejection(spydra.transactions.wait(id)))).toMatchObject({ code: 'TRANSACTION_FAILED' });
  });

  it('that nobody has sent are not found, and waited for until the deadline', async () => {
    const { spydra } = await setUp();
    const id = 'ab'.repeat(32);
    expect(await ended(rejection(spydra.transactions.get(id)))).toMatchObject({ code: 'NOT_FOUND' });
    const error = await ended(rejection(spydra.transactions.wait(id, { deadline: 90_000 })));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', transactionId: id });
  });
});
