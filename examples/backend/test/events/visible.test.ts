import { describe, expect, it } from 'vitest';
import { ADMIN_KEY, backendOnSandbox } from '../helpers/backend.js';
import { openStream } from '../helpers/event-stream.js';
import { BY_SECRET, type Claims, token } from '../helpers/tokens.js';

const PUBLIC = ['assetId', 'status', 'timestamp', 'transactionId', 'type'];

/** A backend, a stream for each caller, and what the ledger committed meanwhile. */
async function heard(callers: readonly Claims[]) {
  const { port, spydra, seeded } = await backendOnSandbox(BY_SECRET);
  const url = `http://127.0.0.1:${port}/api/spydra/events`;
  const streams = await Promise.all(
    callers.map(async (claimed) => openStream(url, { Authorization: `Bearer ${await token(claimed)}` })),
  );
  const [published, , draft] = seeded.assets.map(({ assetId }) => assetId);
  const mint = (assetId = '', recipientWallet = '') => spydra.tokens.mint({ assetId, recipientWallet, amount: 7n });
  const written = {
    ownOfDraft: await mint(draft, 'wallet-alice'),
    othersOfDraft: await mint(draft, 'wallet-bob'),
    othersOfPublished: await spydra.tokens.transfer({
      assetId: published ?? '',
      fromWallet: 'wallet-treasury',
      toWallet: 'wallet-bob',
      amount: 2n,
    }),
    last: await spydra.tokens.transfer({
      assetId: published ?? '',
      fromWallet: 'wallet-treasury',
      toWallet: 'wallet-alice',
      amount: 1n,
    }),
  };
  const idOf = (name: keyof typeof written) => written[name].transactionId;
  for (const { events } of streams) {
    await expect.poll(() => events.map(({ data }) => data.transactionId)).toContain(idOf('last'));
  }
  return streams.map(({ events }) => {
    const fieldsOf = (name: keyof typeof written) => {
      const found = events.filter(({ data }) => data.transactionId === idOf(name));
      expect(found.length).toBeLessThanOrEqual(1);
      return found[0] && Object.keys(found[0].data).sort();
    };
    return { events, fieldsOf };
  });
}

const all = expect.arrayContaining([...PUBLIC, 'amount']);

describe('a listener', () => {
  it('sees what its role sees in the table of permissions', async () => {
    const [admin, investor, user] = await heard([
      { role: 'admin' },
      { role: 'investor', wallet: 'wallet-alice', sub: 'alice' },
      { role: 'user', sub: 'eve' },
    ]);
    expect(admin?.fieldsOf('ownOfDraft')).toEqual(all);
    expect(admin?.fieldsOf('othersOfDraft')).toEqual(all);
    expect(admin?.fieldsOf('othersOfPublished')).toEqual(all);

    expect(investor?.fieldsOf('ownOfDraft')).toEqual(all);
    expect(investor?.fieldsOf('othersOfDraft')).toBeUndefined();
    expect(investor?.fieldsOf('othersOfPublished')).toEqual(PUBLIC);
    expect(investor?.fieldsOf('last')).toEqual(all);
    const ofOthers = investor?.events.filter(({ data }) => data.toWallet !== 'wallet-alice' && !data.recipientWallet);
    expect(JSON.stringify(ofOthers)).not.toContain('wallet-');

    expect(user?.fieldsOf('ownOfDraft')).toBeUndefined();
    expect(user?.fieldsOf('othersOfDraft')).toBeUndefined();
    expect(user?.fieldsOf('last')).toEqual(PUBLIC);
  });

  it('with a wallet in the token sees no more of it than its role does', async () => {
    const [user, unnamed] = await heard([
      { role: 'user', wallet: 'wallet-alice' },
      { role: 'investor', wallet: undefined, sub: 'nobody' },
    ]);
    expect(user?.fieldsOf('ownOfDraft')).toEqual(PUBLIC);
    expect(user?.fieldsOf('last')).toEqual(PUBLIC);
    expect(unnamed?.fieldsOf('ownOfDraft')).toBeUndefined();
    expect(unnamed?.fieldsOf('last')).toEqual(PUBLIC);
  });

  it.each<[string, () => Promise<Record<string, string>>, number]>([
    ['without credentials', async () => ({}), 401],
    ['with a wrong key', async () => ({ 'X-API-Key': `${ADMIN_KEY}.` }), 401],
    ['with a role that is not known', async () => bearer({ role: 'superuser' }), 403],
    ['without a role', async () => bearer({ role: undefined }), 403],
    ['with a token that is over', async () => bearer({ role: 'admin', exp: 1 }), 401],
  ])('%s is refused', async (_name, headersOf, status) => {
    const { call } = await backendOnSandbox(BY_SECRET);
    expect((await call('GET /events', { headers: await headersOf() })).status).toBe(status);
  });
});

async function bearer(claimed: Claims) {
  return { Authorization: `Bearer ${await token(claimed)}` };
}
