import { Server, ServerCredentials } from '@grpc/grpc-js';
import { gateway } from '@hyperledger/fabric-protos';
import { BlockFile } from './block-file.js';
import type { Certificate } from './certificates.js';
import { Channel } from './channel.js';
import { Endorser } from './endorser.js';
import { Faults } from './faults.js';
import { gatewayService } from './gateway-service.js';
import { type BlockRules, Orderer, type Schedule, systemSchedule } from './orderer.js';

export interface StandInOptions {
  /** An organisation and the address of its chaincode process, `host:port`; clients talk to the peer of the first. */
  readonly organisations: readonly { readonly mspId: string; readonly chaincodeAddress: string }[];
  readonly channel?: string;
  readonly chaincode?: string;
  readonly blocks?: Partial<BlockRules>;
  readonly schedule?: Schedule;
  /** Without it, the gateway has no TLS. */
  readonly tls?: Certificate;
  /** Of the gateway. Default: a free one. */
  readonly port?: number;
  /** Keeps the blocks, for a stand-in that is started again. Default: they are in memory only. */
  readonly blockFile?: string;
}

/** Fabric's own defaults, but for the time. */
const BLOCKS: BlockRules = {
  blockTime: 0,
  maxMessageCount: 500,
  preferredMaxBytes: 2 * 1024 ** 2,
  absoluteMaxBytes: 10 * 1024 ** 2,
};

/**
 * A peer and an orderer in this process: real chaincode over the chaincode protocol, real clients over the gateway
 * service, and Fabric's validation in between. It has no consensus.
 */
export class StandIn {
  readonly faults = new Faults();
  readonly orderer: Orderer;
  readonly channel: Channel;
  readonly #credentials: ServerCredentials;
  #server: Server | undefined;
  #port: number;

  static async start(options: StandInOptions): Promise<StandIn> {
    const standIn = new StandIn(options);
    await standIn.channel.recover();
    await standIn.startPeer();
    return standIn;
  }

  private constructor(options: StandInOptions) {
    const { organisations, channel = 'ch', chaincode = 'spydra', blocks, schedule, tls, port = 0, blockFile } = options;
    this.#port = port;
    const [first, ...others] = organisations.map((each) => new Endorser(each.mspId, each.chaincodeAddress));
    if (!first) throw new TypeError('a channel has one organisation at least');
    this.channel = new Channel(
      channel,
      chaincode,
      [first, ...others],
      blockFile ? new BlockFile(blockFile) : undefined,
    );
    this.orderer = new Orderer({ ...BLOCKS, ...blocks }, schedule ?? systemSchedule, (envelopes) =>
      this.channel.commit(envelopes),
    );
    this.#credentials = tls
      ? ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }])
      : ServerCredentials.createInsecure();
  }

  /** Of the gateway, `host:port`. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Starts the peer that clients talk to, on the port that it had before. */
  async startPeer(): Promise<void> {
    // The standard limit of a message is 4 MB; a peer takes 100.
    const limits = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
    const server = new Server(limits);
    server.addService(gateway.GatewayService, gatewayService(this.channel, this.orderer, this.faults));
    this.#port = await new Promise((resolve, reject) => {
      server.bindAsync(this.address, this.#credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
    this.#server = server;
    this.channel.endorsers[0].deliverBlocks();
  }

  /** Ends all its calls. Blocks are cut meanwhile, and committed when it starts again. */
  stopPeer(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
    this.channel.endorsers[0].delayBlocks();
  }

  close(): void {
    this.stopPeer();
    this.orderer.lose();
    for (const endorser of this.channel.endorsers) endorser.close();
  }
}
