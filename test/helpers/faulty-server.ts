import type { SpydraClientOptions } from 'spydra-sdk';
import { testClient } from './client.js';
import { mockServer } from './mock-server.js';
import { type Body, listed } from './scripted-ledger.js';

/** The metadata of a write: the caller's, and the SDK's own. */
type Metadata = Body & { readonly idempotencyKey: string };

/** A transaction on the server. */
export interface Stored {
  readonly record: Body;
  /** The `Idempotency-Key` header that it was sent with. */
  readonly header?: string | null;
  /** When lists begin to show it, as `performance.now()` counts. */
  shownAt: number;
}

/** A write that has reached the server. */
export interface Arrival {
  /** 1 for the first one. */
  readonly n: number;
  readonly header: string | null;
  /** Commits it. */
  readonly apply: () => Stored;
}

/** The faults of a server. By default it keeps and shows all metadata at once, and ignores the key. */
export interface OddServerOptions {
  /** Whether lists are filtered by `idempotencyKey`. */
  readonly filtersByKey?: boolean;
  /** Whether a repeated `Idempotency-Key` header gets the first transaction. */
  readonly honoursHeader?: boolean;
  readonly listsShowMetadata?: boolean;
  readonly recordsShowMetadata?: boolean;
  /** The part of a write's metadata that is kept. */
  readonly keep?: (metadata: Metadata, type: string) => Body | undefined;
  /** Milliseconds by which lists lag. */
  readonly lag?: number;
  /** Initial records. */
  readonly foreign?: readonly Body[];
  /** Decides whether a write is applied, and the response. */
  readonly answer?: (arrival: Arrival, stored: readonly Stored[]) => Response | Promise<Response>;
}

/** A response to any write that names a transaction. */
export const accepted = ({ transactionId, assetId }: Body) =>
  Response.json({ transactionId, assetId, newBalance: 5, fromBalance: 1, toBalance: 1, asset: asset(assetId) });

const asset = (assetId: unknown) => ({
  assetId,
  name: 'x',
  totalValue: 1,
  totalSupply: 1,
  pricePerToken: 1,
  status: 'draft',
});

/** A ledger with the known and possible faults of servers. */
export class OddServer {
  /** All transactions. */
  readonly stored: Stored[];
  /** Those that were written by requests. */
  readonly written: Stored[] = [];
  /** The number of writes that reached the server. */
  writes = 0;
  readonly #options: OddServerOptions;
  readonly #server = mockServer((request) => this.answer(request));

  constructor(options: OddServerOptions = {}) {
    this.#options = options;
    this.stored = (options.foreign ?? []).map((record) => ({ record, shownAt: Number.NEGATIVE_INFINITY }));
  }

  /** A new client of this server. */
  client(options: SpydraClientOptions = {}) {
    return testClient({ ...this.#server, retries: 1, ...options });
  }

  /** A fetch without a network: it rejects with what `answer` throws. */
  readonly fetch: typeof globalThis.fetch = (input, init) => this.answer(new Request(input, init));

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (request.method !== 'GET') return this.#write(url, request);
    const [kind = '', id = ''] = url.pathname.split('/').slice(-2);
    if (id === 'transactions') return this.#list(url.searchParams);
    if (kind === 'balances') return Response.json({ balances: [] });
    if (kind === 'assets') return Response.json({ asset: asset(id) });
    const found = this.stored.find(({ record }) => record.transactionId === id);
    if (!found) return Response.json({ message: 'none' }, { status: 404 });
    return Response.json(shown(found, this.#options.recordsShowMetadata));
  }

  async #write(url: URL, request: Request): Promise<Response> {
    const { honoursHeader = false, answer } = this.#options;
    const body = (await request.json()) as Body;
    const header = request.headers.get('idempotency-key');
    const n = ++this.writes;
    const first = this.written.find((stored) => stored.header === header);
    if (honoursHeader && first) return accepted(first.record);
    const write = writeOf(url, request.method, body, n);
    const apply = () => this.#apply(write, header, `t${n}`);
    return answer ? answer({ n, header, apply }, this.stored) : accepted(apply().record);
  }

  #apply({ type, metadata, ...fields }: Write, header: string | null, transactionId: string): Stored {
    const { keep = (all) => all, lag = 0 } = this.#options;
    const timestamp = new Date().toISOString();
    const kept = keep(metadata, type);
    const record = { transactionId, type, status: 'COMMITTED', timestamp, ...fields, metadata: kept };
    const stored = { record, header, shownAt: performance.now() + lag };
    this.stored.push(stored);
    this.written.push(stored);
    return stored;
  }

  #list(query: URLSearchParams): Response {
    const { filtersByKey = false, listsShowMetadata } = this.#options;
    const [key, assetId, types] = [query.get('idempotencyKey'), query.get('assetId'), query.getAll('type')];
    const isMeant = ({ record }: Stored) =>
      (assetId === null || record.assetId === assetId) &&
      (types.length === 0 || types.includes(String(record.type))) &&
      (!filtersByKey || key === null || (record.metadata as Body | undefined)?.idempotencyKey === key);
    // Equal timestamps: the later one comes first.
    const newestFirst = this.stored
      .filter((stored) => stored.shownAt <= performance.now() && isMeant(stored))
      .reverse()
      .toSorted((a, b) => timeOf(b) - timeOf(a));
    const offset = Number(query.get('offset'));
    const page = newestFirst.slice(offset, offset + Number(query.get('limit')));
    return listed(
      page.map((stored) => shown(stored, listsShowMetadata)),
      newestFirst.length,
    );
  }
}

const timeOf = ({ record }: Stored) => Date.parse(String(record.timestamp));

/** A record with its metadata or without. */
function shown({ record }: Stored, withMetadata = true): Body {
  const { metadata, ...rest } = record;
  return withMetadata ? record : rest;
}

/** The fields of the record that a request writes. */
interface Write extends Body {
  readonly type: string;
  readonly metadata: Metadata;
}

function writeOf(url: URL, method: string, body: Body, n: number): Write {
  const operation = url.pathname.split('/').at(-1) ?? '';
  if (method === 'PUT') return { type: 'update', assetId: body.assetId, metadata: metadataOf(body.updates) };
  if (operation === 'assets') return { type: 'create', assetId: `asset-${n}`, metadata: metadataOf(body.asset) };
  return { ...body, type: operation, metadata: metadataOf(body) };
}

const metadataOf = (part: unknown) => (part as { metadata: Metadata }).metadata;
