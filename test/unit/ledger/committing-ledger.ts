import { testClient } from '../../helpers/client.js';

/** A request of the poller: one transaction by its id, or the list. */
export type Question = 'one' | 'list';

interface Server {
  /** Default: pending until all accepted transactions are committed. */
  statusOf?: (id: string) => string;
  /** The accepted transactions that the list shows; default: all. */
  listed?: (ids: readonly string[]) => readonly string[];
  /** Replaces the response to a request. */
  answer?: (
    question: Question,
    id: string | undefined,
    n: number,
  ) => Response | Promise<Response | undefined> | undefined;
}

export const record = (transactionId: string, status: string, metadata: object = {}) => ({
  transactionId,
  metadata,
  type: 'mint',
  status,
  assetId: 'a1',
  timestamp: '2026-01-01T00:00:00Z',
});

/** A ledger that accepts a mint for a wallet as `t` and its name, and commits all accepted ones on demand. */
export function ledger({ listed = (ids) => ids, answer, ...server }: Server = {}) {
  const accepted: string[] = [];
  const metadata = new Map<string, object>();
  const committed = new Set<string>();
  const asked: Question[] = [];
  const { statusOf = (id: string) => (committed.has(id) ? 'COMMITTED' : 'PENDING') } = server;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input));
    if (init?.method === 'POST') {
      // By the wallet, since mints may arrive in another order than they were called.
      const body = JSON.parse(String(init.body));
      const transactionId = `t${body.recipientWallet}`;
      metadata.set(transactionId, body.metadata);
      accepted.push(transactionId);
      return Response.json({ transactionId, newBalance: 1 });
    }
    const name = url.pathname.split('/').at(-1) ?? '';
    const question = name === 'transactions' ? 'list' : 'one';
    asked.push(question);
    const special = await answer?.(question, name, asked.length);
    if (special) return special;
    if (question === 'one') {
      const isKnown = accepted.includes(name);
      return isKnown
        ? Response.json(record(name, statusOf(name), metadata.get(name)))
        : Response.json({}, { status: 404 });
    }
    const shown = listed(accepted).toReversed();
    const offset = Number(url.searchParams.get('offset'));
    const page = shown.slice(offset, offset + Number(url.searchParams.get('limit')));
    return Response.json({
      transactions: page.map((id) => record(id, statusOf(id), metadata.get(id))),
      total: shown.length,
    });
  };
  const spydra = testClient({ fetch, retries: 0, writeLocks: 'never' });
  return {
    spydra,
    asked,
    accepted,
    commit: () => {
      for (const id of accepted) committed.add(id);
    },
    count: (question: Question) => asked.filter((one) => one === question).length,
  };
}
