import { Refusal } from 'spydra-sdk/contract';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttpHandler } from '../../../src/sandbox/http.js';
import { type ContractEvent, manualClock, type SandboxOptions } from '../../../src/sandbox/index.js';
import { resolveOptions } from '../../../src/sandbox/options.js';
import { openParts } from '../../../src/sandbox/parts.js';
import { restV2 } from '../../../src/sandbox/rest-v2.js';
import { APP, apiOf, balance, minting, NETWORK, temporaryFile, transactions } from './harness.js';

/** The contract on a ledger, and the REST API over both. */
function open(options: SandboxOptions = {}) {
  const settings = resolveOptions(options);
  const parts = openParts(settings);
  onTestFinished(() => parts.ledger.close());
  const handle = createHttpHandler(restV2(parts, settings), settings);
  const api = apiOf((input, init) => handle(new Request(input as string, init)));
  const call = async (functionName: string, order: object, key?: string) => {
    const args = (id: string) => [JSON.stringify(order), key ?? id];
    const { result, transaction } = await parts.chain.transact(functionName, args);
    return { ...JSON.parse(result), isOrdered: transaction !== undefined };
  };
  const read = async (functionName: string, ...args: string[]) =>
    JSON.parse(await parts.chain.query(functionName, args));
  return { ...parts, api, call, read };
}
type Opened = ReturnType<typeof open>;

const ASSET = {
  name: 'House',
  symbol: 'HSE',
  description: '',
  assetType: 'real-estate',
  totalValue: '1000',
  totalSupply: '1000',
};
const createAsset = async ({ call, ledger }: Opened): Promise<string> => {
  const { assetId } = await call('CreateAsset', { creatorWallet: 'c', asset: ASSET });
  ledger.cut();
  return assetId;
};
const mintOrder = (assetId: string, amount: string) => ({
  assetId,
  minterWallet: 'm',
  recipientWallet: 'alice',
  amount,
});

/** The code of the contract's refusal. */
const refusalOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error) => (error instanceof Refusal ? error.code : error),
  );

describe('the contract on the ledger of the sandbox', () => {
  test('commits a call in a block, of which callers can wait, and which has an event', async () => {
    const clock = manualClock();
    const opened = open({ blockTime: 2_000, clock });
    const { chain, call, read } = opened;
    const assetId = await createAsset(opened);
    const events: ContractEvent[] = [];
    chain.onEvent((event) => events.push(event));
    const { transactionId } = await call('MintTokens', mintOrder(assetId, '5'), 'k');
    expect(chain.find(transactionId)).toBeUndefined();
    expect(await read('Balances', 'alice')).toMatchObject({ balances: [] });
    const waiting = chain.wait(transactionId);
    clock.advance(2_000);
    const commit = { validationCode: 'VALID', blockNumber: 1 };
    expect([await waiting, chain.find(transactionId), await chain.wait(transactionId)]).toEqual([
      commit,
      commit,
      commit,
    ]);
    expect(events).toMatchObject([{ name: 'TokensMinted', transactionId, blockNumber: 1 }]);
    expect(await read('Balances', 'alice')).toMatchObject({ balances: [{ assetId, balance: '5' }] });
  });

  test('reports a call that conflicts with an earlier one of its block, and lets its key be used again', async () => {
    const opened = open({ blockTime: 2_000, clock: manualClock() });
    const { chain, call, ledger } = opened;
    const assetId = await createAsset(opened);
    await call('MintTokens', mintOrder(assetId, '5'), 'k');
    const second = await call('MintTokens', mintOrder(assetId, '5'), 'k');
    ledger.cut();
    expect(await chain.wait(second.transactionId)).toEqual({ validationCode: 'MVCC_READ_CONFLICT', blockNumber: 1 });
    const third = await call('MintTokens', mintOrder(assetId, '5'), 'k');
    expect(third).toMatchObject({ replayed: true, isOrdered: false });
    expect(chain.find(third.transactionId)).toEqual({ validationCode: 'VALID', blockNumber: 1 });
  });

  test('repeats a call during which a block was cut, so that it sees one committed state', async () => {
    for (let ticks = 0; ticks < 60; ticks += 1) {
      const opened = open({ blockTime: 2_000, clock: manualClock() });
      const { call, ledger } = opened;
      const assetId = await createAsset(opened);
      await call('MintTokens', mintOrder(assetId, '5'));
      ledger.cut();
      // It moves the tokens from a credit into the settled balance; the wallet has them before and after.
      await call('SweepCredits', { assetId, walletId: 'alice' });
      const transferring = call('TransferTokens', { assetId, fromWallet: 'alice', toWallet: 'bob', amount: '5' });
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      ledger.cut();
      expect(await transferring).toMatchObject({ amount: '5' });
    }
  });

  test('refuses identities that its policy does not name; a new policy survives a restart', async () => {
    const options = { dataFile: temporaryFile(), onWarning: () => {} };
    const opened = open(options);
    const assetId = await createAsset(opened);
    const stranger = { mspId: 'Org2MSP', id: 'x509::stranger', roles: ['admin'], attribute: () => undefined };
    const args = [JSON.stringify(mintOrder(assetId, '5')), 'k'];
    const mint = () => opened.chain.transact('MintTokens', args, { identity: stranger });
    expect(await refusalOf(mint())).toBe('FORBIDDEN');
    const { policy } = await opened.read('Policy');
    await opened.call('Configure', { policy: { ...policy, mint: [{ msp: 'Org2MSP' }] } });
    expect(await refusalOf(mint())).toBeUndefined();
    opened.ledger.close();

    const { read, api } = open(options);
    expect((await read('Policy')).policy.mint).toEqual([{ msp: 'Org2MSP' }]);
    const refused = await api.post(`${APP}/tokens/mint`, minting(assetId, 'alice', 1));
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN']);
    expect(await balance(api, assetId, 'alice')).toBe(5n);
  });
});

describe('the REST API and the contract on one ledger', () => {
  test('share keys: what was applied under a key is not applied again', async () => {
    const opened = open();
    const { api, call } = opened;
    const assetId = await createAsset(opened);
    const body = { assetId, minterWallet: 'm', recipientWallet: 'alice', amount: 5 };
    await call('MintTokens', mintOrder(assetId, '5'), 'k');
    const again = await api.post(`${APP}/tokens/mint`, body, { 'Idempotency-Key': 'k' });
    expect([again.status, again.body.newBalance]).toEqual([200, 5]);
    const other = await api.post(`${APP}/tokens/mint`, { ...body, amount: 6 }, { 'Idempotency-Key': 'k' });
    expect(other.body).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      details: { transactionId: again.body.transactionId },
    });
    await opened.chain.transact('Void', ['void']);
    const voided = await api.post(`${APP}/tokens/mint`, body, { 'Idempotency-Key': 'void' });
    expect([voided.status, voided.body.code]).toEqual([409, 'KEY_VOIDED']);
    expect(await balance(api, assetId, 'alice')).toBe(5n);
  });

  test('show each order of a batch as a transaction', async () => {
    const opened = open();
    const { api, chain, ledger } = opened;
    const assetId = await createAsset(opened);
    const orders = ['1', '2000', '3'].map((amount, n) => {
      return { function: 'MintTokens', order: mintOrder(assetId, amount), key: `k-${n}` };
    });
    const { transactionId } = JSON.parse((await chain.transact('Batch', [JSON.stringify(orders)])).result);
    expect(ledger.blocks.at(-1)?.transactions).toMatchObject([{ type: 'batch', transactionId }]);
    expect(await transactions(api, 'type=mint')).toMatchObject([
      { transactionId: `${transactionId}.0`, amount: 1, status: 'COMMITTED' },
      { transactionId: `${transactionId}.2`, amount: 3, status: 'COMMITTED' },
    ]);
    expect((await api.get(`${NETWORK}/transactions/${transactionId}.2`)).body).toMatchObject({ amount: 3 });
    expect(await balance(api, assetId, 'alice')).toBe(4n);
  });
});
