import { ChannelCredentials, type ClientDuplexStream } from '@grpc/grpc-js';
import { peer } from '@hyperledger/fabric-protos';
import type { Proposal } from './proposal.js';
import type { Simulation } from './simulation.js';

const { Type } = peer.ChaincodeMessage;
const STREAM_TERMINATED = 'chaincode stream terminated';

/** What chaincode returned. */
export interface Invocation {
  readonly response: peer.Response;
  readonly event: peer.ChaincodeEvent | undefined;
}

interface Running {
  readonly simulation: Simulation;
  resolve(invocation: Invocation): void;
  reject(error: Error): void;
}

type Stream = ClientDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage>;

/** A peer's side of the chaincode protocol: one stream to a process that runs as a service, opened when it is needed. */
export class ChaincodeConnection {
  readonly #client: peer.ChaincodeClient;
  readonly #running = new Map<string, Running>();
  #stream: Stream | undefined;
  #ready: Promise<Stream> | undefined;

  constructor(address: string) {
    const options = {
      'grpc.max_receive_message_length': -1,
      // A process that was started again is found at once.
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 50,
    };
    this.#client = new peer.ChaincodeClient(address, ChannelCredentials.createInsecure(), options);
  }

  /** Runs one transaction. Rejects if the process is away or ends meanwhile. */
  async invoke({ txId, channel, input, signed }: Proposal, simulation: Simulation): Promise<Invocation> {
    const stream = await this.#open();
    if (this.#running.has(txId)) throw new Error(`txid: ${txId}(${channel}) exists`);
    const completed = new Promise<Invocation>((resolve, reject) => {
      this.#running.set(txId, { simulation, resolve, reject });
    });
    const message = messageOf(Type.TRANSACTION, txId, channel, input.serializeBinary());
    message.setProposal(signed);
    stream.write(message);
    try {
      return await completed;
    } finally {
      this.#running.delete(txId);
    }
  }

  close(): void {
    this.#stream?.cancel();
    this.#client.close();
  }

  /** Resolves once the process has registered. */
  #open(): Promise<Stream> {
    this.#ready ??= new Promise((resolve, reject) => {
      const stream = this.#client.connect();
      this.#stream = stream;
      stream.on('data', (message: peer.ChaincodeMessage) => {
        if (message.getType() !== Type.REGISTER) {
          this.#receive(stream, message);
          return;
        }
        stream.write(messageOf(Type.REGISTERED));
        stream.write(messageOf(Type.READY));
        resolve(stream);
      });
      const lose = (error: Error) => {
        reject(error);
        if (this.#stream === stream) this.#lose();
      };
      stream.on('error', lose);
      stream.on('end', () => lose(new Error(STREAM_TERMINATED)));
    });
    return this.#ready;
  }

  #lose(): void {
    this.#stream = undefined;
    this.#ready = undefined;
    for (const { reject } of this.#running.values()) reject(new Error(STREAM_TERMINATED));
  }

  #receive(stream: Stream, message: peer.ChaincodeMessage): void {
    const [txId, channel, payload] = [message.getTxid(), message.getChannelId(), message.getPayload_asU8()];
    const running = this.#running.get(txId);
    if (!running) return;
    if (message.getType() === Type.ERROR) {
      running.reject(new Error(Buffer.from(payload).toString()));
      return;
    }
    if (message.getType() === Type.COMPLETED) {
      running.resolve({
        response: peer.Response.deserializeBinary(payload),
        event: message.getChaincodeEvent(),
      });
      return;
    }
    try {
      stream.write(messageOf(Type.RESPONSE, txId, channel, running.simulation.respond(message.getType(), payload)));
    } catch (error) {
      stream.write(messageOf(Type.ERROR, txId, channel, Buffer.from((error as Error).message)));
    }
  }
}

function messageOf(
  type: peer.ChaincodeMessage.TypeMap[keyof peer.ChaincodeMessage.TypeMap],
  txId = '',
  channel = '',
  payload: Uint8Array = new Uint8Array(),
): peer.ChaincodeMessage {
  const message = new peer.ChaincodeMessage();
  message.setType(type);
  message.setTxid(txId);
  message.setChannelId(channel);
  message.setPayload(payload);
  return message;
}
