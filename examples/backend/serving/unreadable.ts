import { IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'spydra-sdk';
import { errorHandler, Refusal } from '../../express/index.js';
import type { Exchanges } from './exchanges.js';

const refusals = new WeakMap<IncomingMessage, Refusal>();

/** Refuses a request that could not be parsed, after `count` has counted it. */
export function unreadable(count: RequestHandler): RequestHandler {
  return (request, response, next) => {
    const reason = refusals.get(request) ?? (lacksHost(request) ? refusal(400) : undefined);
    if (reason) count(request, response, (error?: unknown) => next(error ?? reason));
    else next();
  };
}

/** Wraps the app: a request whose target its router cannot parse is refused by the app, under the target `/`. */
export function withEveryTarget(app: Express): RequestListener {
  return (request, response) =>
    app(request as Request, response as Response, () => {
      // The error occurred during the response.
      if (response.headersSent) request.socket.destroy();
      else app(refused(request, refusal(400)), response);
    });
}

/** Sends requests that Node itself would refuse through the app: with the envelope, the log, metrics and rate limit. */
export function answerUnreadable(server: Server, exchanges: Exchanges, listener: RequestListener, log: Logger): void {
  const answer = errorHandler(log);
  const seen = new WeakSet<Socket>();

  const refuse = (socket: Socket, reason: Refusal) => {
    if (!socket.writable) socket.destroy();
    if (!socket.writable || seen.has(socket)) return;
    seen.add(socket);
    const { request, response } = exchanges.makeLast(socket) ?? {};
    if (!request || !response) listener(...unreadOn(socket, reason));
    // A request that was read completely gets its own response; what follows is not read.
    else if (!request.complete && !response.headersSent)
      answer(reason, request as Request, response as Response, () => {});
  };

  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket) =>
    refuse(socket as Socket, refusal(STATUS[code] ?? 400)),
  );
  server.on('connect', ({ socket }) => {
    const current = exchanges.makeLast(socket);
    // Node no longer forwards the event, and a large response would never end.
    if (current) socket.on('drain', () => current.response.emit('drain'));
    refuse(socket, refusal(400));
  });
  server.on('checkExpectation', (request, response) => listener(refused(request, refusal(417)), response));
}

const STATUS: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

function refusal(status: number): Refusal {
  if (status === 408)
    return new Refusal(408, 'REQUEST_TIMEOUT', 'The request arrived too slowly. Nothing was changed.');
  if (status === 417) return new Refusal(417, 'EXPECTATION_FAILED', 'The expectation of the request cannot be met.');
  if (status === 431) return new Refusal(431, 'HEADERS_TOO_LARGE', 'The headers are too large.');
  return new Refusal(400, 'UNREADABLE_REQUEST', 'The request could not be read.');
}

/** HTTP/1.1 requires the Host header. Node's own check is off: it responds without a body and bypasses the app. */
function lacksHost({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.host === undefined;
}

function refused<R extends IncomingMessage>(request: R, reason: Refusal): R {
  refusals.set(request, reason);
  request.url = '/';
  return request;
}

/** Stands in for a request whose headers were not read. */
function unreadOn(socket: Socket, reason: Refusal): [IncomingMessage, ServerResponse & { req: IncomingMessage }] {
  const request = refused(new IncomingMessage(socket), reason);
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  return [request, response];
}
