import type { Client } from '@grpc/grpc-js';

/** Milliseconds in which a connection must be made: the least that gRPC's specification gives it. */
const CONNECT_TIMEOUT = 20_000;
/** gRPC's state of a channel that is being connected. */
const CONNECTING = 1;

/**
 * A gRPC client whose channel is replaced if it does not connect in time. @grpc/grpc-js has no such limit, so where a TLS
 * handshake gets no answer, as from a peer that dies at that moment, all further requests wait until their deadlines
 * (grpc/grpc-node#2785).
 */
export function liveClient(open: () => Client, connectTimeout = CONNECT_TIMEOUT): Client {
  let client = open();
  let isWatched = false;

  function watch(): void {
    const channel = client.getChannel();
    // The first request of a channel connects it.
    channel.getConnectivityState(true);
    if (isWatched || channel.getConnectivityState(false) !== CONNECTING) return;
    isWatched = true;
    channel.watchConnectivityState(CONNECTING, Date.now() + connectTimeout, (isLate) => {
      isWatched = false;
      if (!isLate) return;
      client = open();
      channel.close();
    });
  }

  return new Proxy(client, {
    get(_, name) {
      if (typeof name === 'string' && name.startsWith('make')) watch();
      const value = Reflect.get(client, name);
      return typeof value === 'function' ? value.bind(client) : value;
    },
  });
}
