import { idProblem } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { writtenId } from '../../src/sandbox/ids.js';
import { CHARACTERS, READABLE, UNREACHABLE, WRITTEN } from '../helpers/ids.js';
import { APP, createAsset, minting, NETWORK, start } from './sandbox/harness.js';

const TABLE = [
  ...Object.entries(WRITTEN).map(([name, id]) => ({ name, id, written: true, read: true })),
  ...Object.entries(READABLE).map(([name, id]) => ({ name, id, written: false, read: true })),
  ...Object.entries(UNREACHABLE).map(([name, id]) => ({ name, id, written: false, read: false })),
];

describe('an id', () => {
  it.each(TABLE)('with $name is valid in writes: $written, in reads: $read', ({ id, written, read }) => {
    expect(idProblem(id, 'write') === undefined).toBe(written);
    expect(idProblem(id, 'read') === undefined).toBe(read);
  });

  it.each([undefined, null, 5, {}, ['a']])('must be a string, not %j', (value) => {
    expect(idProblem(value, 'write')).toBe('must be a string');
    expect(idProblem(value, 'read')).toBe('must be a string');
  });

  it('that is refused has a message with the invisible character', () => {
    expect(idProblem('w\u200b', 'write')).toContain('U+200B');
    expect(idProblem('w\u{e0041}', 'write')).toContain('U+E0041');
    expect(idProblem('a\u00a0b', 'write')).toContain('U+00A0');
  });
});

describe('the sandbox, without shared code,', () => {
  it.each(TABLE)('agrees with the SDK on an id with $name', async ({ id, written }) => {
    const { sandbox, api } = start();
    const assetId = await createAsset(api);
    const minted = await api.post(`${APP}/tokens/mint`, minting(assetId, id, 5));
    expect(minted.status).toBe(written ? 200 : 400);
    if (written) {
      const { body } = await api.get(`${APP}/balances/${encodeURIComponent(id)}`);
      expect(body.balances).toMatchObject([{ balance: 5 }]);
    } else {
      expect(minted.body.details).toEqual([{ field: 'recipientWallet', message: expect.stringMatching(/^must /) }]);
      expect(sandbox.blocks).toHaveLength(1);
    }
  });

  it('agrees with the SDK on every character', () => {
    const ids = CHARACTERS.map((character) => `a${character}b`);
    const disagreed = ids.filter((id) => writtenId.safeParse(id).success !== (idProblem(id, 'write') === undefined));
    expect(disagreed.map(escape)).toEqual([]);
  });

  it.each(Object.entries(READABLE))('returns nothing and no error for reads of an id with %s', async (_, id) => {
    const { api } = start();
    expect((await api.get(`${APP}/balances/${encodeURIComponent(id)}`)).body.balances).toEqual([]);
    const query = new URLSearchParams({ walletId: id, assetId: id });
    expect((await api.get(`${NETWORK}/transactions?${query}`)).body.total).toBe(0);
  });
});
