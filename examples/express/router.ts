import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Logger, PurchaseInput, SpydraClient, WriteOptions } from 'spydra-sdk';
import { readOptions, writeOptions } from './call-options.js';
import { nearest } from './did-you-mean.js';
import { jsonBody } from './requests/json-body.js';
import { readRequest } from './requests/read-request.js';
import { send } from './responses/envelope.js';
import { errorHandler } from './responses/error-handler.js';
import { noSuchRoute } from './responses/no-such-route.js';
import { requestId, requestIdOf } from './responses/request-id.js';
import { ROUTES, type RouteName } from './routes/index.js';
import type { Body, Route } from './routes/route.js';

export interface SpydraRouterOptions {
  /** Middleware before the routes that write, for example authentication and rate limits; before the body is read. */
  readonly guards: {
    /** For routes of admins. */
    readonly admin: Guard;
    /** For purchases; `write` must then check what investors buy. Default: as for admins. */
    readonly investor?: Guard;
  };
  /** Runs each write, for example under a lock, or not at all. Default: sends it. */
  readonly write?: RunWrite;
  /** A signal that aborts the SDK's calls of a request. Default: none. */
  readonly signal?: (response: Response) => AbortSignal | undefined;
  /** Logs every response of 500 and above. Default: the console. */
  readonly logger?: Pick<Logger, 'error'>;
}

export type Guard = RequestHandler | readonly RequestHandler[];

/**
 * Runs a write that a request asks for. Throw a `Refusal` or an error of the SDK instead, and nothing is sent.
 *
 * @param send - calls the SDK
 */
export type RunWrite = (write: WriteRequest, send: Send) => Promise<Body>;

/** Sends a write by these options; with another body, if given. */
export type Send = (options: WriteOptions, body?: object) => Promise<Body>;

/** A valid request that writes. */
export type WriteRequest = PurchaseRequest | OtherWriteRequest;

interface PurchaseRequest extends AnyWriteRequest {
  readonly route: 'POST /tokens/purchase';
  readonly body: PurchaseInput;
}

interface OtherWriteRequest extends AnyWriteRequest {
  readonly route: Exclude<RouteName, 'POST /tokens/purchase'>;
  readonly body: object;
}

interface AnyWriteRequest {
  readonly request: Request;
  readonly response: Response;
  /** The asset that is changed; undefined: a new one. */
  readonly assetId: string | undefined;
  /** With the client's `Idempotency-Key`, the id of the request, and the signal. */
  readonly options: WriteOptions;
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put' } as const;

/**
 * Returns the documented routes for Spydra. Mount it before `express.json()`, which would round large amounts.
 *
 * @throws Error without a guard for admins, with one for investors but without `write`, or for an unknown option.
 * @example
 * ```ts
 * const guards = { admin: requireApiKey(process.env.AUTH_API_KEY ?? '') };
 * app.use('/api/spydra', spydraRouter(new SpydraClient(), { guards }));
 * ```
 */
export function spydraRouter(spydra: SpydraClient, options: SpydraRouterOptions): Router {
  checkOptions(options);
  const { guards, logger = console } = options;
  const guardsOf = {
    everybody: [],
    admin: [guards.admin, jsonBody].flat(),
    investor: [guards.investor ?? guards.admin, jsonBody].flat(),
  };
  const router = Router();
  router.use(requestId);
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    const [method, pattern] = name.split(' ') as [keyof typeof METHODS, string];
    const handler = method === 'GET' ? readHandler(spydra, route, options) : writeHandler(spydra, name, options);
    router.route(pattern)[METHODS[method]]([...guardsOf[route.role], handler]);
  }
  router.use(noSuchRoute);
  router.use(errorHandler(logger));
  return router;
}

type Hooks = Pick<SpydraRouterOptions, 'signal' | 'write'>;

function readHandler(spydra: SpydraClient, route: Route, { signal }: Hooks): RequestHandler {
  return async (request, response) => {
    const input = readRequest(request, route.request);
    respond(response, route, await route.handle(spydra, input as never, readOptions(response, signal?.(response))));
  };
}

function writeHandler(spydra: SpydraClient, name: RouteName, { signal, write = sendAtOnce }: Hooks): RequestHandler {
  const route = ROUTES[name];
  return async (request, response) => {
    const input = readRequest(request, route.request);
    const body = input.body as { readonly assetId?: string };
    const { assetId = body.assetId } = input.params as { readonly assetId?: string };
    const options = writeOptions(request, response, signal?.(response));
    const order = { route: name, request, response, body, assetId, options } as WriteRequest;
    const result = await write(order, (changed, sent = body) =>
      route.handle(spydra, { ...input, body: sent } as never, changed),
    );
    respond(response, route, result);
  };
}

const sendAtOnce: RunWrite = ({ options }, send) => send(options);

function respond(response: Response, { answer: [documented] }: Route, { status = documented, ...body }: Body): void {
  response.status(status);
  if (status < 400) send(response, { success: true, ...body });
  else send(response, { success: false, ...body, requestId: requestIdOf(response) });
}

const OPTIONS: Readonly<Record<keyof SpydraRouterOptions, true>> = {
  guards: true,
  write: true,
  signal: true,
  logger: true,
};

function checkOptions(options: SpydraRouterOptions): void {
  const known = Object.keys(OPTIONS);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new Error(`spydraRouter has no option ${name}${meant === undefined ? '' : `: did you mean ${meant}?`}`);
  }
  const { admin, investor = admin } = options.guards ?? {};
  if (!isGuard(admin) || !isGuard(investor)) {
    throw new Error('spydraRouter needs guards.admin: without a guard everybody could write.');
  }
  if (investor !== admin && !options.write) {
    throw new Error('spydraRouter needs write with guards.investor: investors could buy from any wallet at any price.');
  }
}

function isGuard(guard: Guard | undefined): boolean {
  return [guard ?? []].flat().length > 0;
}
