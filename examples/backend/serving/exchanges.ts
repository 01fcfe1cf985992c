import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The number of requests of a connection, including the current one, at which reading from it stops. */
const MOST_REQUESTS = 10;

/** A request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Processes the requests of each connection one at a time, in a bounded queue. Node would emit all pipelined requests
 * at once; here the next one begins when the previous response is sent, and never if that response closes the
 * connection: no write is applied whose response could not be sent.
 */
export class Exchanges {
  /** By connection; the first request is being processed, the others wait. */
  readonly #queues = new Map<Socket, Exchange[]>();
  #areLast = false;
  #onEnd: () => void = () => {};

  /** Wraps a listener so that it receives one request of a connection at a time. */
  inTurn(listener: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request;
      const exchange = { request, response };
      const queue = this.#queues.get(socket);
      if (queue) {
        queue.push(exchange);
        if (queue.length === MOST_REQUESTS) stopReading(socket);
      } else if (socket.writable) {
        this.#queues.set(socket, [exchange]);
        this.#begin(exchange, listener);
      }
    };
  }

  /** Closes a connection after the current response: waiting requests never begin. Returns the current exchange. */
  makeLast(socket: Socket): Exchange | undefined {
    const [current] = this.#queues.get(socket) ?? [];
    if (!current) return undefined;
    closeAfter(current.response);
    // Runs before the listener that begins the next request.
    current.response.prependOnceListener('close', () => socket.destroy());
    return current;
  }

  /** Makes each response close its connection from now on. */
  closeConnections(): void {
    this.#areLast = true;
    for (const [current] of this.#queues.values()) if (current) closeAfter(current.response);
  }

  /** Resolves when no request is being processed. */
  async ended(): Promise<void> {
    while (this.#queues.size > 0) await new Promise<void>((resolve) => (this.#onEnd = resolve));
  }

  #begin({ request, response }: Exchange, listener: RequestListener): void {
    response.once('close', () => this.#next(request.socket, listener));
    if (this.#areLast) closeAfter(response);
    listener(request, response);
  }

  #next(socket: Socket, listener: RequestListener): void {
    const queue = this.#queues.get(socket) ?? [];
    queue.shift();
    if (queue.length === MOST_REQUESTS - 1) readOn(socket);
    const [next] = queue;
    if (next && socket.writable) {
      this.#begin(next, listener);
    } else {
      this.#queues.delete(socket);
      this.#onEnd();
    }
  }
}

/** Closes the connection after the response, unless its headers were sent already. */
function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

function stopReading(socket: Socket): void {
  // Node resumes reading after each request.
  socket.on('resume', pause);
  socket.pause();
}

function readOn(socket: Socket): void {
  socket.off('resume', pause);
  socket.resume();
}

function pause(this: Socket): void {
  this.pause();
}
