import { untilAborted } from './abort.js';
import type { Block } from './block.js';
import type { ContractEvent } from './chain.js';
import { withCors } from './cors.js';
import { createHttpHandler } from './http.js';
import { resolveOptions, type SandboxOptions } from './options.js';
import { openParts } from './parts.js';
import { platform } from './platform.js';
import { restV2 } from './rest-v2.js';
import { type SeededWorld, seed } from './seed.js';
import { type ListenOptions, listen, type SandboxServer } from './server.js';

/** The options of a client of a sandbox in the same process. */
export interface SandboxConnection {
  readonly apiKey: string;
  readonly projectId: string;
  readonly networkId: string;
  readonly appId: string;
  readonly assetSchemaId: string;
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
}

/** An emulation of Spydra: its REST API, and the API of its platform, over a ledger that behaves like Hyperledger Fabric. */
export interface Sandbox extends AsyncDisposable {
  /**
   * Responds to a request like `fetch`, without a network, for any host: the REST API is at `/v2/projects/…`, as
   * Spydra's is, and the platform's at `/fabric/…`. It may be called detached, so it can be given to a client or called from an msw handler.
   *
   * Errors of the API are responses, as over HTTP. It rejects only as `fetch` does: with the signal's reason when
   * `init.signal` aborts, and with a TypeError for an invalid request, or where a response was to be lost.
   *
   * @example
   * const response = await sandbox.fetch(url, { headers: { 'X-API-Key': 'sandbox-key' } });
   */
  readonly fetch: typeof globalThis.fetch;

  /** The blocks so far, oldest first, as a block explorer shows them. Their number is the ledger's height. */
  readonly blocks: readonly Block[];

  /**
   * Serves the sandbox over HTTP.
   *
   * @throws Error with Node's code, such as EADDRINUSE, if it cannot listen there; Error once the sandbox is closed.
   * @example
   * const { url } = await sandbox.listen({ port: 4010 });
   */
  listen(options?: ListenOptions): Promise<SandboxServer>;

  /**
   * Writes sample data to the ledger and commits it at once, whatever the block time.
   *
   * @example
   * const { assets, investors } = await sandbox.seed();
   */
  seed(): Promise<SeededWorld>;

  /**
   * The options of a client in this process.
   *
   * @example
   * const spydra = new SpydraClient(sandbox.connection());
   */
  connection(): SandboxConnection;

  /**
   * Calls `listener` for each event of a transaction that committed as valid; returns a function that unsubscribes it.
   *
   * @example
   * const stop = sandbox.onEvent(({ name, payload }) => seen.push(name));
   */
  onEvent(listener: (event: ContractEvent) => void): () => void;

  /**
   * Commits pending transactions, closes the ledger file and ends every connection. Reads through `fetch` continue; writes
   * get a 503. May be called again.
   */
  close(): Promise<void>;
}

const BASE_URL = 'https://sandbox.spydra.test/v2';

/**
 * Starts a sandbox, in this process and without a network. It has no timer while no transaction is pending.
 *
 * @throws RangeError for an unknown or invalid option; Error if the ledger file is damaged, in use, written by
 *   another version or cannot be opened.
 * @example
 * const sandbox = createSandbox();
 * const spydra = new SpydraClient(sandbox.connection());
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const settings = resolveOptions(options);
  const { apiKey, projectId, networkId, appId, assetSchemaId } = settings;
  const parts = openParts(settings);
  const { chain, ledger } = parts;
  const answer = createHttpHandler([...restV2(parts, settings), ...platform(parts, settings)], settings);
  const handle = settings.cors === undefined ? answer : withCors(answer, settings.cors);
  const servers = new Set<SandboxServer>();

  const sandboxFetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input instanceof Request ? input : new URL(input, BASE_URL), init);
    const response = await untilAborted(init?.signal ?? request.signal, () => handle(request));
    if (response.type === 'error') throw new TypeError('fetch failed', { cause: new Error('The response was lost.') });
    return response;
  };

  let closed = false;

  const close = async () => {
    closed = true;
    ledger.close();
    await Promise.all([...servers].map((server) => server.close()));
  };

  return {
    fetch: sandboxFetch,
    get blocks() {
      return ledger.blocks;
    },
    listen: async (where = {}) => {
      const server = await listen(handle, where);
      servers.add(server);
      if (!closed) return server;
      await server.close();
      throw new Error('The sandbox is closed and cannot listen any more.');
    },
    seed: () => seed(parts),
    connection: () => ({ apiKey, projectId, networkId, appId, assetSchemaId, baseUrl: BASE_URL, fetch: sandboxFetch }),
    onEvent: (listener) => chain.onEvent(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}
