import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../helpers/fabric-ledger.js';
import { ADMIN, ASSET, BACKEND, Channel, POLICY, refusalOf } from './harness.js';

const SRC = new URL('../../../src/contract', import.meta.url).pathname;
const sources = readdirSync(SRC).map((file) => [file, readFileSync(join(SRC, file), 'utf8')] as const);

/** What two endorsers could see differently: clocks, chance, locales, and tables of Unicode that come with Node. */
const FORBIDDEN = [
  /\bDate\.(now|parse)\b/,
  /new Date\(\)/,
  /\bperformance\b/,
  /Math\.random|randomUUID|randomBytes|getRandomValues/,
  /\bIntl\b|[lL]ocale/,
  /getTimezoneOffset|getFullYear|getHours|toDateString/,
  /\bprocess\b|\bglobalThis\b/,
  /setTimeout|setInterval|setImmediate/,
  /\\p\{|\.normalize\(|toLowerCase|toUpperCase\(\)(?!\.padStart)/,
  /getQueryResult|getHistoryForKey|getPrivateData|getTransient/,
  /\bfor \(const \w+ in /,
  /parseFloat|\bMath\.(sin|cos|exp|log|pow)/,
];

describe('the source of the contract', () => {
  it.each(sources)('%s has nothing that two endorsers could see differently', (_, source) => {
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(FORBIDDEN.filter((pattern) => pattern.test(code))).toEqual([]);
  });

  it('reads pages only in the reader of functions that write nothing', () => {
    const paged = sources.filter(([, source]) => source.includes('WithPagination(')).map(([file]) => file);
    expect(paged.sort()).toEqual(['reader.ts', 'stub.ts']);
    const users = sources.filter(([, source]) => /from '\.\/reader\.js'/.test(source)).map(([file]) => file);
    expect(users.sort()).toEqual(['asset-reads.ts', 'balance-reads.ts', 'contract.ts', 'reads.ts', 'record-reads.ts']);
  });
});

/** What an endorser signs, as text. */
function signed({ txId, result, reads, ranges, writes, event }: Envelope): string {
  const rows = [...writes].map(([key, value]) => [key, value ?? null]);
  const read = [...reads].map(([key, version]) => [key, version ?? null]);
  return JSON.stringify([txId, result, read, ranges.map((range) => [...range.rows]), rows, event ?? null]);
}

/** Runs as an endorser of another country, on which every clock, chance and locale fails. */
async function elsewhere<T>(run: () => Promise<T>): Promise<T> {
  const { TZ } = process.env;
  const real = { Date, random: Math.random, localeCompare: String.prototype.localeCompare };
  const fail = () => {
    throw new Error('not the same for every endorser');
  };
  class StoppedDate extends Date {
    constructor(...args: [] | [number]) {
      if (args.length === 0) fail();
      super(...(args as [number]));
    }
    static override now = fail;
  }
  process.env.TZ = 'Asia/Kathmandu';
  globalThis.Date = StoppedDate as unknown as DateConstructor;
  Math.random = fail;
  String.prototype.localeCompare = fail;
  try {
    return await run();
  } finally {
    globalThis.Date = real.Date;
    Math.random = real.random;
    String.prototype.localeCompare = real.localeCompare;
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  }
}

describe('two endorsers', () => {
  it('sign the same bytes for every function', async () => {
    const channel = new Channel();
    let count = 0;
    const both = async (functionName: string, ...args: readonly unknown[]): Promise<Envelope> => {
      count += 1;
      const who = functionName === 'Configure' ? ADMIN : BACKEND;
      const proposal = { txId: `${count}`.padStart(64, 'f'), time: 1_800_000_000_123 + count };
      const here = await channel.propose(proposal, who, functionName, ...args);
      const there = await elsewhere(() => channel.propose(proposal, who, functionName, ...args));
      expect(signed(there)).toBe(signed(here));
      channel.commit(here);
      return here;
    };
    await both('Configure', { policy: POLICY }, 'policy');
    const metadata = { b: 1, a: { 10: 1, 9: 'ü', __proto__: null } };
    const { result } = await both('CreateAsset', { creatorWallet: 'i', asset: { ...ASSET, metadata } }, 'create');
    const { assetId } = JSON.parse(result);
    await both('UpdateAsset', { assetId, updaterWallet: 'i', updates: { totalValue: '77', metadata } }, 'update');
    const { result: document } = await both('CreateMetadata', { assetId, metadata }, 'document');
    for (const wallet of ['ä', 'z', 'Z', '🏠', '\ue000']) {
      await both(
        'MintTokens',
        { assetId, minterWallet: 'i', recipientWallet: wallet, amount: '9' },
        `${wallet.codePointAt(0)}k`,
      );
    }
    const transfer = (toWallet: string) => ({ assetId, fromWallet: 'ä', toWallet, amount: '1' });
    await both('TransferTokens', transfer('z'), 'transfer');
    await both('BurnTokens', { assetId, burnerWallet: 'i', holderWallet: 'z', amount: '1' }, 'burn');
    await both('SweepCredits', { assetId, walletId: 'z' }, 'sweep');
    await both('Void', 'void');
    const orders = ['z', 'Z', 'ä', 'b'].map((to) => ({
      function: 'TransferTokens',
      order: transfer(to),
      key: `b-${to}`.replace('ä', 'a'),
    }));
    await both('Batch', orders);
    const reads: readonly (readonly [string, ...unknown[]])[] = [
      ['Asset', assetId],
      ['Assets', {}],
      ['Balances', 'z'],
      ['Holders', assetId],
      ['Supply', assetId],
      ['Credits', assetId, 'z'],
      ['Record', JSON.parse(result).transactionId],
      ['Records', { assetId }],
      ['Claim', 'burn'],
      ['Document', JSON.parse(document).metadataId],
      ['Policy'],
      ['Version'],
    ];
    for (const [functionName, ...args] of reads) await both(functionName, ...args);
  });

  it('refuse with the same bytes', async () => {
    const channel = await Channel.configured();
    const refuse = () => refusalOf(channel.endorse(BACKEND, 'MintTokens', { z: 1, a: 2 }, 'k'));
    expect(JSON.stringify(await elsewhere(refuse))).toBe(JSON.stringify(await refuse()));
  });

  it('write the same whatever the order of names in the arguments', async () => {
    const channel = await Channel.configured();
    const assetId = await channel.createAsset();
    const order = { assetId, minterWallet: 'i', recipientWallet: 'w', amount: '1', metadata: { b: 1, a: 2, 3: 3 } };
    const proposal = { txId: 'a'.repeat(64), time: 5_000 };
    const one = await channel.propose(proposal, BACKEND, 'MintTokens', order, 'k');
    const reversed = Object.fromEntries(Object.entries({ ...order, metadata: { a: 2, 3: 3, b: 1 } }).reverse());
    expect(signed(await channel.propose(proposal, BACKEND, 'MintTokens', reversed, 'k'))).toBe(signed(one));
  });
});
