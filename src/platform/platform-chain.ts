import type { Chain, Invocation, Transacted } from '../chain/chain.js';
import type { Call, WriteCall } from '../core/call.js';
import { type Path, pathsBelow } from '../http/request.js';
import { Transport } from '../http/transport.js';
import { failureOf, queried, refusalOf, type Stated, transacted } from './answers.js';
import { PlatformWrite } from './platform-write.js';
import type { PlatformSettings } from './settings.js';

/** The token contract in an app of Spydra's platform, called through its REST API. */
export class PlatformChain implements Chain {
  readonly name: string;
  readonly #transport: Transport;
  readonly #identity: string | undefined;
  readonly #queries: Path;
  readonly #transactions: Path;

  constructor(settings: PlatformSettings) {
    const { baseUrl, appId, identity } = settings;
    this.name = `platform:${baseUrl}:${encodeURIComponent(appId)}`;
    this.#transport = new Transport(settings, 'SPYDRA_PLATFORM_URL');
    this.#identity = identity;
    const inApp = pathsBelow(pathsBelow('')`/fabric/${appId}`.path);
    this.#queries = inApp`/ledger/query`;
    this.#transactions = inApp`/ledger/transact`;
  }

  query(functionName: string, args: readonly string[], call: Call): Promise<string> {
    const request = {
      at: this.#queries,
      method: 'POST',
      operation: 'read',
      body: this.#body(functionName, args),
      schema: queried,
      errorIn: (body: string, status: number) => refusalOf(body, status, call),
    } as const;
    return this.#transport.send(request, call);
  }

  transact(invocation: Invocation, call: WriteCall): Promise<Transacted> {
    const requests = {
      query: this.query.bind(this),
      send: this.#send.bind(this),
    };
    return new PlatformWrite(requests, invocation, call).run();
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #send(functionName: string, args: readonly string[], call: WriteCall): Promise<Stated> {
    const request = {
      at: this.#transactions,
      method: 'POST',
      body: this.#body(functionName, args),
      schema: transacted,
      errorIn: (body: string) => failureOf(body, args),
    } as const;
    return this.#transport.send(request, call);
  }

  /** Without an identity the platform signs by that of the organisation. */
  #body(functionName: string, args: readonly string[]) {
    return { functionName, args, identity: this.#identity };
  }
}
