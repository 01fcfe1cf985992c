import { messageOf } from '../core/shapes.js';
import { cannotStart } from '../core/validate.js';
import { ConfigurationError } from '../errors.js';
import type { FabricGateway } from './gateway.js';
import type { GatewaySource } from './gateway-chain.js';
import { checkedIdentity, type FabricIdentity, type Pem, readPem } from './identity.js';
import { liveClient } from './live-client.js';

/** How to reach a peer, and as who. */
export interface FabricConnection {
  /** Host and port of a peer: `localhost:7051`. With `dns:///` before it, gRPC knows all addresses of the name. */
  readonly endpoint: string;
  readonly identity: FabricIdentity;
  /** The certificate of the CA that has issued the peer's TLS certificate. Without it the connection is not encrypted. */
  readonly tlsCertificate?: Pem | undefined;
  /** A name in the peer's TLS certificate. Default: the host of the endpoint. */
  readonly tlsHostName?: string | undefined;
  /** Further options of the gRPC channel, such as `'grpc.keepalive_time_ms'`. */
  readonly channelOptions?: Readonly<Record<string, string | number>> | undefined;
}

/** Milliseconds between pings: peers refuse more than one in a minute. */
const KEEPALIVE = 120_000;
const KEEPALIVE_TIMEOUT = 20_000;

interface Opened {
  readonly gateway: FabricGateway;
  readonly close: () => void;
}

/** One gRPC channel to a peer, opened at the first call; closed, it is opened again at the next one. */
export class Connection implements GatewaySource {
  readonly #open: () => Promise<Opened>;
  #opened: Promise<Opened> | undefined;

  /**
   * @param silence - milliseconds without a response to any request, after which another channel is opened
   * @throws ConfigurationError naming all that is wrong with the identity or the certificate
   */
  constructor(connection: FabricConnection, silence?: number) {
    const { endpoint, tlsHostName, channelOptions } = connection;
    if (typeof endpoint !== 'string' || !/^(?:\w+:\/*)?[^\s/]+:\d+$/.test(endpoint)) {
      throw invalid('connection.endpoint', 'must be the host and port of a peer, such as localhost:7051');
    }
    const identity = checkedIdentity(Object(connection.identity));
    const tls = connection.tlsCertificate === undefined ? undefined : pemOf(connection.tlsCertificate);
    this.#open = async () => {
      const { grpc, fabric } = await peerDependencies();
      const channelCredentials = () => (tls ? grpc.credentials.createSsl(tls) : grpc.credentials.createInsecure());
      const options = {
        // A channel that replaces another one makes a connection of its own.
        'grpc.use_local_subchannel_pool': 1,
        'grpc.keepalive_time_ms': KEEPALIVE,
        'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT,
        // Without a limit: gRPC's default of 4 MB is below what the endorsement of a batch may take.
        'grpc.max_receive_message_length': -1,
        'grpc.max_send_message_length': -1,
        ...(tlsHostName === undefined ? {} : { 'grpc.ssl_target_name_override': tlsHostName }),
        ...channelOptions,
      };
      const client = liveClient(() => new grpc.Client(endpoint, channelCredentials(), options), silence);
      const gateway = fabric.connect({
        client,
        identity: { mspId: identity.mspId, credentials: identity.certificate },
        signer: identity.sign,
        hash: fabric.hash.none,
      });
      const close = () => {
        gateway.close();
        client.close();
      };
      return { gateway, close };
    };
  }

  async gateway(): Promise<FabricGateway> {
    this.#opened ??= this.#open();
    return (await this.#opened).gateway;
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    const { close } = (await opened?.catch(() => undefined)) ?? {};
    close?.();
  }
}

/** Loaded when they are needed, to say what to install: they are optional. */
async function peerDependencies() {
  try {
    const [fabric, grpc] = await Promise.all([import('@hyperledger/fabric-gateway'), import('@grpc/grpc-js')]);
    return { fabric, grpc };
  } catch (cause) {
    throw new ConfigurationError(
      'spydra-sdk/fabric needs two packages: npm install @hyperledger/fabric-gateway @grpc/grpc-js (version 1.11 of the first on Node 20).',
      { cause },
    );
  }
}

function pemOf(pem: Pem): Buffer {
  try {
    return readPem(pem);
  } catch (error) {
    throw invalid('connection.tlsCertificate', messageOf(error));
  }
}

function invalid(field: string, message: string): ConfigurationError {
  return new ConfigurationError(cannotStart('The Fabric ledger', [{ field, message }]));
}
