import { untilAborted } from './abort.js';
import type { Block } from './block.js';
import { CONTRACTS } from './contracts.js';
import { Journal } from './journal.js';
import { type ContractEvent, Ledger } from './ledger.js';
import { resolveOptions, type SandboxOptions } from './options.js';
import { restV2 } from './rest-v2.js';
import { type SeededWorld, seed } from './seed.js';
import { type ListenOptions, listen, type SandboxServer } from './server.js';
import { TransactionIndex } from './transaction-index.js';

/** What a client needs to speak to a sandbox in the same process: spread it into the client's options. */
export interface SandboxConnection {
  readonly apiKey: string;
  readonly projectId: string;
  readonly networkId: string;
  readonly appId: string;
  readonly assetSchemaId: string;
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
}

/** A Spydra of your own: a ledger that works as Hyperledger Fabric does, behind Spydra's REST API. */
export interface Sandbox extends AsyncDisposable {
  /**
   * Answers a request as `fetch` would, without a network, whatever its host: the API is at `/v2/projects/…`, as
   * Spydra's is. It works detached, so it can be given to a client or called from an msw handler.
   *
   * Errors of the API are answers, as they are over HTTP. It rejects only as `fetch` does: with the signal's reason when
   * `init.signal` aborts, and with a TypeError for a request that cannot be.
   *
   * @example
   * const response = await sandbox.fetch(url, { headers: { 'X-API-Key': 'sandbox-key' } });
   */
  readonly fetch: typeof globalThis.fetch;

  /** The blocks so far, oldest first, as a block explorer shows them. The ledger's height is their number. */
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
   * Puts a small world on the ledger and commits it at once, whatever the block time.
   *
   * @example
   * const { assets, investors } = sandbox.seed();
   */
  seed(): SeededWorld;

  /**
   * How a client in this process reaches the sandbox.
   *
   * @example
   * const spydra = new SpydraClient(sandbox.connection());
   */
  connection(): SandboxConnection;

  /**
   * Calls `listener` for each event of a transaction that committed as valid; returns what ends that.
   *
   * @example
   * const stop = sandbox.onEvent(({ name, payload }) => seen.push(name));
   */
  onEvent(listener: (event: ContractEvent) => void): () => void;

  /**
   * Commits what still waits, closes the ledger file and ends every connection. Reads through `fetch` go on; writes
   * answer 503. May be called again.
   */
  close(): Promise<void>;
}

const BASE_URL = 'https://sandbox.spydra.test/v2';

/**
 * Starts a sandbox. It needs nothing around it, and nothing runs in it while no block waits.
 *
 * @throws RangeError for an option that is not known or cannot be; Error if the ledger file is damaged, in use, written under another
 *   contract or cannot be opened.
 * @example
 * const sandbox = createSandbox();
 * const spydra = new SpydraClient(sandbox.connection());
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const settings = resolveOptions(options);
  const { apiKey, projectId, networkId, appId, assetSchemaId, dataFile, warn } = settings;
  const contract = CONTRACTS[settings.contract];
  const index = new TransactionIndex();
  const journal = dataFile === undefined ? undefined : new Journal(dataFile, settings.contract, warn);
  const ledger = new Ledger({ ...settings, index, journal });
  const handle = restV2(ledger, index, contract, settings);
  const servers = new Set<SandboxServer>();

  const sandboxFetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input instanceof Request ? input : new URL(input, BASE_URL), init);
    return untilAborted(init?.signal ?? request.signal, () => handle(request));
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
    seed: () => seed(ledger, contract),
    connection: () => ({ apiKey, projectId, networkId, appId, assetSchemaId, baseUrl: BASE_URL, fetch: sandboxFetch }),
    onEvent: (listener) => ledger.subscribe(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}
