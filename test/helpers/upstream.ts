import { parseJson, type SpydraClientOptions, stringifyJson } from 'spydra-sdk';
import { testClient } from './client.js';

/** A response of the server, or a promise of it. */
type Answer = Response | Promise<Response>;

const asset = (assetId: string, name: string) => ({
  assetId,
  name,
  totalValue: 1_000,
  totalSupply: 10,
  pricePerToken: 100,
  status: 'draft',
});

/** The reads and writes that a server received. */
const isRead = (init: RequestInit | undefined) => init?.method === 'GET';

/**
 * A server in this process that records requests: every asset has the name of its last update, every
 * wallet the sum of its mints. Writes commit at once.
 */
export function upstream(options: SpydraClientOptions = {}) {
  const names = new Map<string, string>();
  const balances = new Map<string, bigint>();
  const transactions: Record<string, unknown>[] = [];
  const asked: string[] = [];
  let intercept: ((url: URL, init: RequestInit | undefined) => Answer | undefined) | undefined;

  const write = (path: string, body: Record<string, unknown>) => {
    const transactionId = `t${transactions.length + 1}`;
    const { assetId, recipientWallet, amount, updates } = body;
    const metadata = body.metadata ?? (updates as { metadata?: unknown } | undefined)?.metadata;
    const type = path.includes('/tokens/') ? 'mint' : 'update';
    const record = { transactionId, type, assetId, recipientWallet, amount, metadata, status: 'COMMITTED' };
    transactions.push({ ...record, timestamp: '2026-01-01T00:00:00Z' });
    if (type === 'update') {
      const { name } = body.updates as { name: string };
      names.set(String(assetId), name);
      return { transactionId, asset: asset(String(assetId), name) };
    }
    const wallet = String(recipientWallet);
    balances.set(wallet, (balances.get(wallet) ?? 0n) + BigInt(String(amount)));
    return { transactionId, newBalance: balances.get(wallet) };
  };

  const read = (url: URL) => {
    const [kind = '', id = ''] = url.pathname.split('/').slice(-2);
    if (kind === 'assets') return { asset: asset(id, names.get(id) ?? 'first') };
    if (kind === 'balances') return { balances: [{ assetId: 'a1', assetName: 'A', balance: balances.get(id) ?? 0n }] };
    if (kind === 'transactions') return transactions.find(({ transactionId }) => transactionId === id);
    if (id === 'assets') return { assets: [asset('a1', names.get('a1') ?? 'first')], total: 1 };
    const offset = Number(url.searchParams.get('offset'));
    const page = transactions.slice(offset, offset + Number(url.searchParams.get('limit')));
    return { transactions: page, total: transactions.length };
  };

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input));
    if (isRead(init)) asked.push(`${url.pathname.split('/').slice(-2).join('/')}${url.search}`);
    const special = intercept?.(url, init);
    if (special) return special;
    const found = isRead(init)
      ? read(url)
      : write(url.pathname, parseJson(String(init?.body)) as Record<string, unknown>);
    return new Response(stringifyJson(found ?? {}), { status: found ? 200 : 404 });
  };

  return {
    fetch,
    spydra: testClient({ fetch, retries: 0, cache: true, ...options }),
    /** The reads that it received, by path and query. */
    asked,
    /** Replaces the responses from now on. */
    answer: (with_: typeof intercept) => {
      intercept = with_;
    },
  };
}
