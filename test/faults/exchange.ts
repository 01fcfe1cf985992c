import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../helpers/stepped-clock.js';
import { isWholeAnswer, wholeRequest } from './http-message.js';

/**
 * Milliseconds after its last byte within which a request is forwarded, or never. A delayed request cannot appear
 * on the ledger later: without such a bound "not found" could never become final.
 */
const LONGEST_HOLD_MS = 100;
/** Milliseconds after the client got a response or disconnected within which its request may still be forwarded. */
export const LATEST_MS = 600;

/** The clock of a proxy. */
export interface ProxyClock {
  /** Milliseconds, by a clock that is never stepped. */
  now(): number;
  /** Resolves after `ms`, or when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<unknown>;
}

export const realTime: ProxyClock = {
  now: monotonicNow,
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
};

/** Why a request did not reach the server, or its response did not reach the proxy. */
class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
}

/** One request through the proxy. */
export class Exchange {
  readonly #client: Socket;
  readonly #connect: () => Socket;
  readonly #clock: ProxyClock;
  readonly #gone: Promise<void>;
  #isGone = false;
  #request: Promise<Buffer> | undefined;
  #readAt = 0;

  constructor(client: Socket, connect: () => Socket, clock: ProxyClock) {
    this.#client = client;
    this.#connect = connect;
    this.#clock = clock;
    this.#gone = new Promise((resolve) => {
      const leave = () => {
        this.#isGone = true;
        resolve();
      };
      client.once('end', leave).once('close', leave);
    });
  }

  /** Resolves when the client has disconnected. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  /** Reads the request to its last byte. */
  read(): Promise<Buffer> {
    this.#request ??= this.#read();
    return this.#request;
  }

  /**
   * Sends the request to the server and resolves with its whole response. May be called again.
   *
   * @throws ExchangeError if the client has disconnected or the request was held too long: then nothing was sent; or if the
   * connection broke before the response was complete.
   */
  async forward(): Promise<Buffer> {
    return this.#forward(() => !this.#isGone && this.#age <= LONGEST_HOLD_MS);
  }

  /** Waits, and sends the request to the server although its client got a response or has disconnected. */
  async forwardLate(ms: number): Promise<Buffer> {
    const since = this.#clock.now();
    await this.#clock.sleep(ms);
    return this.#forward(() => this.#clock.now() - since <= LATEST_MS);
  }

  /** Milliseconds since the request was read. */
  get #age(): number {
    return this.#clock.now() - this.#readAt;
  }

  async #forward(mayBeSent: () => boolean): Promise<Buffer> {
    const request = await this.read();
    const server = this.#connect();
    await once(server, 'connect');
    if (!mayBeSent()) {
      server.destroy();
      throw new ExchangeError('The request came too late to be forwarded.');
    }
    server.write(request);
    const chunks: Buffer[] = [];
    server.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(server, 'end');
    const answer = Buffer.concat(chunks);
    if (!isWholeAnswer(answer)) throw new ExchangeError('The server went away before its answer was whole.');
    return answer;
  }

  /** Sends bytes to the client, and resolves when they are written. */
  send(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => this.#client.write(bytes, () => resolve()));
  }

  /** Sends bytes to the client and closes the connection with FIN. */
  end(bytes: Buffer): void {
    this.#client.end(bytes);
  }

  /** Closes the connection, read or not. */
  drop(): void {
    this.#client.destroy();
  }

  /** Breaks the connection (RST). */
  reset(): void {
    // Node never closes a socket that is reset after its end has begun, as after a disconnect of the client.
    if (this.#isGone || this.#client.writableEnded) this.#client.destroy();
    // resetAndDestroy() sends a FIN first, and a busy client may see only that.
    else Object.assign(this.#client, { resetAndClosing: true }).destroy();
  }

  /** Waits until the client disconnects, at most. */
  async pause(ms: number): Promise<void> {
    const timer = new AbortController();
    await Promise.race([this.#clock.sleep(ms, timer.signal), this.#gone]);
    timer.abort();
  }

  async #read(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const request = await new Promise<Buffer>((resolve, reject) => {
      this.#client.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        try {
          const whole = wholeRequest(Buffer.concat(chunks));
          if (whole) resolve(whole);
        } catch (error) {
          reject(error);
        }
      });
      this.#gone.then(() => reject(new ExchangeError('The client left before the end of its request.')));
      this.#client.resume();
    });
    this.#readAt = this.#clock.now();
    return request;
  }
}
