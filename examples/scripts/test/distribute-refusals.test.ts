import { describe, expect, it } from 'vitest';
import { minted } from '../../../test/helpers/sandbox.js';
import { json, scriptedServer } from '../../../test/helpers/scripted-server.js';
import { expectPaid, plain, read, script, transfersOn, world } from './helpers/distribution.js';

describe('npm run distribute', () => {
  it('refuses a changed amount under the same batch', async () => {
    const { distribute, ...ledger } = await world({ blockTime: 0 });
    const paid = [
      { wallet: 'alice', amount: 5n },
      { wallet: 'bob', amount: 7n },
    ];
    expect(await distribute(plain(paid)).exited).toBe(0);
    const changed = distribute('wallet,amount\ncarol,9\nalice,6\nbob,7\n');
    expect(await changed.exited).toBe(1);
    expect(read(changed.printed.out)).toEqual({
      ...{ total: 3, done: 2, notDone: 1, unknown: 0, tokens: 16n },
      lists: { notDone: ['alice'], unknown: [] },
    });
    expect(changed.printed.out).toMatch(/^ {2}line 3: 6 to "alice": Not paid again.*IDEMPOTENCY_CONFLICT/m);
    await expectPaid(ledger, [...paid, { wallet: 'carol', amount: 9n }]);
  });

  it('takes no transfer of another asset under the same batch for its own', async () => {
    const { distribute, spydra, url } = await world({ blockTime: 0 });
    const rows = plain([{ wallet: 'alice', amount: 5n }]);
    expect(await distribute(rows).exited).toBe(0);
    const other = await minted(spydra, 1_000n);
    // It cannot read what was sent under the key, and can when it looks up the unknown rows.
    const proxy = await scriptedServer(async ({ method, path, headers }, response, n) => {
      if (n === 1) return json(response, 503, {});
      const passed = await fetch(url + path, { method, headers: { 'X-API-Key': String(headers['x-api-key']) } });
      json(response, passed.status, await passed.text());
    });
    const run = distribute(rows, other, { SPYDRA_BASE_URL: `${proxy.url}/v2`, SPYDRA_RETRIES: '0' });
    expect(await run.exited).toBe(1);
    expect(read(run.printed.out)).toMatchObject({ total: 1, done: 0, unknown: 1, tokens: 0n });
    expect(proxy.seen.length).toBeGreaterThan(1);
    expect(await spydra.tokens.holders(other)).toEqual([{ wallet: 'treasury', balance: 1_000n }]);
  });

  it('names every invalid row and sends nothing', async () => {
    const { distribute, sandbox } = await world({ blockTime: 0 });
    const amounts = ['0', '-1', '1.5', '1e3', '', '"1,000"', '0x10', 'many'];
    const rows = [
      '"a wallet\r\nin two lines",1',
      'good,1',
      ',2',
      'good,3',
      'split,1,000',
      'short',
      ...amounts.map((amount, at) => `w${at},${amount}`),
    ];
    const run = distribute(['wallet,amount', '', ...rows].join('\r\n'));
    expect(await run.exited).toBe(2);
    const named = [...run.printed.err.matchAll(/^ {2}line (\d+): /gm)].map(([, line]) => Number(line));
    expect(named).toEqual([4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
    expect(run.printed.err).toMatch(/line 7: .*"good".* line 5/);
    expect(run.printed.out).toBe('');
    expect(transfersOn(sandbox)).toBe(0);
  });

  it('names every line whose wallet looks like another one and sends nothing', async () => {
    const { distribute, sandbox } = await world({ blockTime: 0 });
    const wallets = [
      ...['alice', '"alice "', '" alice"', 'Alice', 'al\u200bice', 'a\u00adlice', 'alice\u200e', '"alice\u00a0"'],
      ...['Jos\u00e9', 'Jose\u0301', 'JOS\u00c9', 'stra\u00dfe', 'STRASSE', '\uff41lice', 'a\u00a0b', 'a b', 'bob'],
    ];
    const run = distribute(['wallet,amount', ...wallets.map((wallet) => `${wallet},1`)].join('\n'));
    expect(await run.exited).toBe(2);
    const named = [...run.printed.err.matchAll(/^ {2}line (\d+): /gm)].map(([, line]) => Number(line) - 2);
    const good = ['alice', 'Jos\u00e9', 'stra\u00dfe', 'bob'];
    expect(named.map((at) => wallets[at])).toEqual(wallets.filter((wallet) => !good.includes(wallet)));
    expect(run.printed.err).toContain('"Alice" may be "alice" of line 2');
    expect(run.printed.err).toContain('must not contain the invisible character U+200B');
    expect(run.printed.out).toBe('');
    expect(transfersOn(sandbox)).toBe(0);
  });

  it.each([
    ['wallet,amount,amount\nw21,1,1000', '"amount"'],
    ['wallet,amount,wallet\nw21,1,w22', '"wallet"'],
    ['wallet,amount, Amount\nw21,1,1000', '"amount"'],
    ['wallet,amount,"a\u200bmount"\nw21,1,1000', '"amount"'],
    ['wallet,amount,note,note\nw21,1,a,b', '"note"'],
  ])('refuses the columns of %j by name and sends nothing', async (content, column) => {
    const { distribute, sandbox } = await world({ blockTime: 0 });
    const run = distribute(content);
    expect(await run.exited).toBe(2);
    expect(run.printed.err).toContain(`line 1: the column ${column} stands there twice`);
    expect(transfersOn(sandbox)).toBe(0);
  });

  it('refuses a paying wallet that looks like another one', async () => {
    const run = script(['rows.csv', '--asset', 'a', '--from', 'treasury\u200b', '--batch', 'b']);
    expect(await run.exited).toBe(2);
    expect(run.printed.err).toBe('--from must not contain the invisible character U+200B.\n');
  });

  it.each([
    ['a file without the header', 'alice,5\n', /header/],
    ['a quote that is not closed', 'wallet,amount\nalice,5\n"bob,7\n', /line 3/],
    ['a file without rows', 'wallet,amount\n', /no rows/],
  ])('refuses %s', async (_, content, reason) => {
    const { distribute, sandbox } = await world({ blockTime: 0 });
    const run = distribute(content);
    expect(await run.exited).toBe(2);
    expect(run.printed.err).toMatch(reason);
    expect(transfersOn(sandbox)).toBe(0);
  });

  it('explains itself with --help, and refuses an incomplete command', async () => {
    const help = script(['--help']);
    const nothing = script([]);
    expect([await help.exited, await nothing.exited]).toEqual([0, 2]);
    expect(help.printed.out).toContain('--batch <name>');
    expect(nothing.printed).toEqual({ out: '', err: 'A file, --asset, --from and --batch are needed.\n' });
  });
});
