import { createPrivateKey } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, type Gateway, hash, signers } from '@hyperledger/fabric-gateway';
import type { Certificate } from './peer/certificates.js';

/** The members of Org1MSP who take part in the cases: the certificate of one of them has expired. */
export type Member = 'admin' | 'client' | 'otherClient' | 'expired';

/** A part of a network that can fail. */
export interface Node {
  /** Ends it as a crash does. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Several parts as one. */
export function allOf(nodes: readonly Node[]): Node {
  return {
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
    async start() {
      await Promise.all(nodes.map((node) => node.start()));
    },
  };
}

/** A network with one channel, on which the chaincode is deployed: the stand-in, or Fabric itself. */
export interface TestNetwork {
  readonly channel: string;
  readonly chaincode: string;
  /** Of the gateway: `host:port`. */
  readonly address: string;
  /** PEM text of the CA of its TLS certificate; undefined without TLS. */
  readonly tlsCa: string | undefined;
  readonly members: Readonly<Record<Member, Certificate>>;
  readonly nodes: Readonly<Record<'orderer' | 'peer' | 'chaincode', Node>>;
  close(): Promise<void>;
}

/** What a client of a network needs to know: it can be sent to another process. */
export type Place = Pick<TestNetwork, 'address' | 'channel' | 'chaincode' | 'members' | 'tlsCa'>;

/** A client of the gateway, until `close()`. */
export interface GatewayClient {
  readonly gateway: Gateway;
  close(): void;
}

export function connectAs(network: Place, member: Member, mspId = 'Org1MSP'): GatewayClient {
  const { cert, key } = network.members[member];
  const channelCredentials =
    network.tlsCa === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(network.tlsCa));
  const client = new Client(network.address, channelCredentials, {
    'grpc.ssl_target_name_override': 'localhost',
    // A batch of a thousand orders is larger than the 4 MB that grpc-js receives by default.
    'grpc.max_receive_message_length': -1,
  });
  const gateway = connect({
    client,
    identity: { mspId, credentials: Buffer.from(cert) },
    signer: signers.newPrivateKeySigner(createPrivateKey(key)),
    hash: hash.sha256,
  });
  return {
    gateway,
    close() {
      gateway.close();
      client.close();
    },
  };
}
