import type { CallOptions, Client, ClientUnaryCall, requestCallback } from '@grpc/grpc-js';

/** Milliseconds in which a peer must have responded to something, before another connection is tried. */
const SILENCE = 10_000;
/** gRPC's CANCELLED and DEADLINE_EXCEEDED: what this side ends a request with. */
const ENDED_HERE: ReadonlySet<number | undefined> = new Set([1, 4]);
/** A request that waits for a block may be silent for long. */
const WAITS = '/gateway.Gateway/CommitStatus';

type Unary = (
  method: string,
  serialize: (value: unknown) => Buffer,
  deserialize: (bytes: Buffer) => unknown,
  argument: unknown,
  options: CallOptions,
  callback: requestCallback<unknown>,
) => ClientUnaryCall;
interface Requests {
  readonly makeUnaryRequest: Unary;
  readonly makeServerStreamRequest: (...request: Parameters<Client['makeServerStreamRequest']>) => unknown;
  readonly makeBidiStreamRequest: (...request: Parameters<Client['makeBidiStreamRequest']>) => unknown;
  readonly close: () => void;
}

/**
 * A gRPC client whose channel is replaced when requests end without a response to any of them. @grpc/grpc-js may not notice
 * that a peer has died: neither in a TLS handshake, for which it has no limit (grpc/grpc-node#2785), nor where Node keeps the
 * HTTP/2 session of a closed socket. All requests would then wait until their deadlines.
 */
export function liveClient(open: () => Client, silence = SILENCE): Client {
  let client = open();
  /** When the first of the requests began that have got no response. */
  let silentSince: number | undefined;

  const note = (error: { readonly code?: number } | null) => {
    if (!ENDED_HERE.has(error?.code)) silentSince = undefined;
    if (silentSince === undefined || performance.now() - silentSince < silence) return;
    silentSince = undefined;
    const silent = client;
    client = open();
    silent.close();
  };

  // What fabric-gateway calls.
  const requests: Requests = {
    makeUnaryRequest(method, serialize, deserialize, argument, options, callback) {
      if (method !== WAITS) silentSince ??= performance.now();
      return client.makeUnaryRequest(method, serialize, deserialize, argument, options, (error, response) => {
        note(error);
        callback(error, response);
      });
    },
    makeServerStreamRequest: (...request) => client.makeServerStreamRequest(...request),
    makeBidiStreamRequest: (...request) => client.makeBidiStreamRequest(...request),
    close: () => client.close(),
  };
  return requests as Client;
}
