import { describe, expect, it } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { sandboxed } from '../../../../test/helpers/sandbox.js';
import { adapterOf, adapterOnSandbox } from '../helpers/adapter.js';

const KEY = 'order-of-alice-4711';

interface Found {
  readonly state: string;
  readonly transaction?: { readonly transactionId: string };
}

async function withTransfer() {
  const ledger = await adapterOnSandbox();
  const assetId = ledger.seeded.assets[0]?.assetId ?? '';
  const body = { assetId, fromWallet: 'wallet-treasury', toWallet: 'wallet-bob', amount: 5 };
  const find = async (query: string) => {
    const response = await ledger.call(`GET /transactions?${query}`);
    return { status: response.status, ...(response.body as { data: Found }).data };
  };
  const transfer = () => ledger.admin('POST /tokens/transfer', { body, headers: { 'Idempotency-Key': KEY } });
  return { ...ledger, assetId, find, transfer };
}

describe('GET /transactions', () => {
  it('shows a committed write under its key', async () => {
    const { find, transfer, assetId } = await withTransfer();
    const query = `idempotencyKey=${KEY}&assetId=${assetId}`;
    expect(await find(query)).toEqual({ status: 200, state: 'not-found' });
    const { body } = await transfer();
    const { transactionId } = (body as { data: { transactionId: string } }).data;
    const committed = { assetId, type: 'transfer', amount: 5, transactionId, status: 'COMMITTED' };
    expect(await find(query)).toMatchObject({ state: 'committed', transaction: committed });
    expect(await find(`idempotencyKey=${KEY}`)).toMatchObject({ state: 'committed' });
  });

  it('shows a write that waits for its commit, with its transaction', async () => {
    // No block is cut during the test.
    const { sandbox } = sandboxed({ blockTime: 3_600_000 });
    const { assets } = await sandbox.seed();
    const spydra = testClient(sandbox.connection());
    const { call } = await adapterOf(spydra);
    const sent = {
      assetId: assets[0]?.assetId ?? '',
      fromWallet: 'wallet-treasury',
      toWallet: 'wallet-bob',
      amount: 5,
    };
    const { transactionId } = await spydra.tokens.transfer(sent, { confirm: false, idempotencyKey: KEY });
    expect(await call(`GET /transactions?idempotencyKey=${KEY}`)).toMatchObject({
      body: { data: { state: 'pending', transaction: { transactionId, status: 'PENDING' } } },
    });
  });

  it('requires a key that a header can hold', async () => {
    const { call } = await adapterOnSandbox();
    for (const query of ['', 'idempotencyKey=', 'idempotencyKey=%20', `idempotencyKey=${'x'.repeat(256)}`]) {
      const { status, body } = await call(`GET /transactions?${query}`);
      expect({ status, body }).toMatchObject({ status: 400, body: { details: [{ field: 'idempotencyKey' }] } });
    }
  });
});

describe('GET /transactions/:transactionId', () => {
  it('returns the transaction without what the SDK finds a write by', async () => {
    const { call, transfer } = await withTransfer();
    const { body } = await transfer();
    const { transactionId } = (body as { data: { transactionId: string } }).data;
    const found = await call(`GET /transactions/${transactionId}`);
    expect(found).toMatchObject({ status: 200, body: { data: { transactionId, amount: 5, status: 'COMMITTED' } } });
    expect(found.text).not.toContain(KEY);
  });

  it('is 404 for a transaction that does not exist', async () => {
    const { call } = await adapterOnSandbox();
    expect(await call('GET /transactions/none')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});
