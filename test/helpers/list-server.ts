import { testClient } from './client.js';

/** A transaction on the server. */
export interface Listed {
  readonly transactionId: string;
  /** Epoch milliseconds. */
  timestamp: number;
  status: string;
  readonly type?: string;
  readonly assetId?: string;
  readonly toWallet?: string;
}

/** A server that lists transactions in the order of their timestamps, as Spydra does; a test changes the list. */
export class ListServer {
  readonly transactions: Listed[] = [];
  /** The offsets of all requests. */
  readonly requests: number[] = [];
  /** What it responds instead of the list. */
  failure: (() => Response) | undefined;

  readonly fetch: typeof globalThis.fetch = async (url) => {
    const query = new URL(String(url)).searchParams;
    const [limit, offset] = [Number(query.get('limit')), Number(query.get('offset'))];
    this.requests.push(offset);
    if (this.failure) return this.failure();
    const sorted = this.transactions.toSorted((a, b) => a.timestamp - b.timestamp);
    if (query.get('sortOrder') === 'desc') sorted.reverse();
    const transactions = sorted.slice(offset, offset + limit).map(({ timestamp, type = 'mint', ...each }) => ({
      ...each,
      type,
      timestamp: new Date(timestamp).toISOString(),
    }));
    return Response.json({ transactions, total: sorted.length });
  };

  add(transactionId: string, timestamp: number, status = 'COMMITTED', more: Partial<Listed> = {}): Listed {
    const listed = { transactionId, timestamp, status, ...more };
    this.transactions.push(listed);
    return listed;
  }

  client() {
    return testClient({ fetch: this.fetch, retries: 0 });
  }
}
