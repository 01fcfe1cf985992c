import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Exchange, type ProxyClock, realTime } from './exchange.js';
import { ALL_FAULTS, BEARABLE_BY_ANY_SERVER, befalls, FAULTS, type FaultName, pass } from './faults.js';
import { pick, type Random } from './random.js';

export { LATEST_MS } from './exchange.js';

/** The port of the server. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface FaultProxyOptions {
  readonly target: Target;
  /** Share of the requests that a fault hits, 0 to 1. */
  readonly rate: number;
  readonly random: Random;
  /** Whether a request may reach the server twice: only where the server honours the Idempotency-Key header. */
  readonly mayRepeat: boolean;
  /** Default: all that `mayRepeat` allows. */
  readonly faults?: readonly FaultName[];
  /** Default: the monotonic clock of this process. */
  readonly clock?: ProxyClock;
}

/**
 * A TCP proxy with the faults of networks. Each connection carries one request, so that every request has
 * its own fault.
 */
export class FaultProxy {
  /** May be changed: a server may restart on another port. */
  target: Target;
  /** How often each fault occurred. */
  readonly counts = new Map<FaultName, number>();
  readonly #options: FaultProxyOptions;
  readonly #faults: readonly FaultName[];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #requests = 0;

  private constructor(options: FaultProxyOptions) {
    this.target = options.target;
    this.#options = options;
    this.#faults = options.faults ?? (options.mayRepeat ? ALL_FAULTS : BEARABLE_BY_ANY_SERVER);
  }

  /** Starts on a free port. */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await proxy.accept();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Requests so far, with and without a fault. */
  get requests(): number {
    return this.#requests;
  }

  /** Requests with a fault. */
  get hits(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Refuses connections (ECONNREFUSED) until {@link accept}. Open ones continue. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Listens, on the same port as before. */
  async accept(): Promise<void> {
    const server = createServer((client) => this.#admit(client));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Ends everything, at once. */
  close(): void {
    this.refuse();
    for (const socket of this.#sockets) socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #admit(client: Socket): void {
    this.#own(client);
    const exchange = new Exchange(client, () => this.#own(connect(this.target)), this.#options.clock ?? realTime);
    // A client may open a connection and not use it: requests are counted.
    client.once('data', (first: Buffer) => {
      client.pause();
      client.unshift(first);
      void this.#serve(exchange, { isWrite: first.toString('latin1', 0, 4) === 'POST' });
    });
  }

  async #serve(exchange: Exchange, request: { readonly isWrite: boolean }): Promise<void> {
    const { random } = this.#options;
    this.#requests += 1;
    try {
      await this.#fate(request)(exchange, random);
    } catch {
      // The server is down, or the client has disconnected: there is nothing to respond to.
      exchange.reset();
    }
  }

  #fate(request: { readonly isWrite: boolean }) {
    const { random, rate } = this.#options;
    if (random() >= rate) return pass;
    const name = pick(
      random,
      this.#faults.filter((fault) => befalls(fault, request)),
    );
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    return FAULTS[name];
  }

  #own(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.setNoDelay();
    socket.on('error', () => {});
    return socket.once('close', () => this.#sockets.delete(socket));
  }
}
