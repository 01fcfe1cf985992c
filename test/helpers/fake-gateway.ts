import { type Identity, Refusal } from 'spydra-sdk/contract';
import type { FabricGateway, GrpcOptions } from 'spydra-sdk/fabric';
import type { ValidationCode } from '../../src/sandbox/world-state.js';
import { BACKEND, type Channel } from '../unit/contract/harness.js';
import type { Envelope } from './fabric-ledger.js';

const CODES: Record<ValidationCode | 'NOT_VALIDATED', number> = {
  VALID: 0,
  DUPLICATE_TXID: 9,
  MVCC_READ_CONFLICT: 11,
  PHANTOM_READ_CONFLICT: 12,
  NOT_VALIDATED: 254,
};

/** An error as fabric-gateway throws it. */
export function grpcError(code: number, message: string, ...details: readonly string[]): Error {
  const made = details.map((text) => ({ address: 'peer:7051', mspId: 'Org1MSP', message: text }));
  return Object.assign(new Error(`${code} ${message}`), { name: 'GatewayError', code, details: made });
}

export const UNAVAILABLE = () => grpcError(14, 'UNAVAILABLE: No connection established');
export const TOO_LARGE = () =>
  grpcError(
    10,
    'ABORTED: received unsuccessful response from orderer: status=BAD_REQUEST, info=message payload is 10485761 bytes and exceeds maximum allowed 10485760 bytes',
  );
export const EXPIRED = () =>
  grpcError(
    10,
    'ABORTED: received unsuccessful response from orderer: status=BAD_REQUEST, info=broadcast client identity expired',
  );
export const MISMATCH = () =>
  grpcError(10, 'ABORTED: failed to collect enough transaction endorsements', 'ProposalResponsePayloads do not match');

/** What becomes of a request that submits. */
export type Submission =
  | 'accepted'
  /** It never arrives, and the client hears of a broken connection. */
  | 'lost'
  /** It is ordered, and no response comes. */
  | 'unanswered'
  /** The orderer takes it and dies. */
  | 'forgotten';

type Request = 'evaluate' | 'endorse' | 'submit' | 'status';

/** The objects of fabric-gateway over the channel of `FabricLedger`, with faults. */
export class FakeGateway implements FabricGateway {
  /** Requests in their order, those that submit with the id of their transaction. */
  readonly log: string[] = [];
  /** How many requests were cancelled. */
  cancelled = 0;
  /** What the next requests end with. */
  readonly failures: { endorse: Error[]; evaluate: Error[]; status: (Error | 'never' | keyof typeof CODES)[] } = {
    endorse: [],
    evaluate: [],
    status: [],
  };
  /** What becomes of the next submissions; an error: it is refused. */
  submissions: (Submission | Error)[] = [];
  /** Called before an envelope is ordered. */
  beforeOrdered: () => Promise<void> = async () => {};
  readonly codes = new Map<string, ValidationCode>();

  constructor(
    readonly channel: Channel,
    readonly identity: Identity = BACKEND,
  ) {}

  count(request: Request): number {
    return this.log.filter((entry) => entry.startsWith(request)).length;
  }

  getIdentity() {
    return { mspId: this.identity.mspId, credentials: Buffer.from('certificate') };
  }

  getNetwork() {
    const qscc = { newProposal: (_: string, { arguments: [, id = ''] }: Args) => this.#qscc(id) };
    const contract = { newProposal: (name: string, options: Args) => this.#proposal(name, options.arguments) };
    return {
      getContract: (chaincode: string) => (chaincode === 'qscc' ? qscc : contract),
      getChaincodeEvents: () => Promise.reject(UNAVAILABLE()),
    };
  }

  newCommit(request: Uint8Array) {
    const id = /[0-9a-f]{64}/.exec(Buffer.from(request).toString('latin1'))?.[0] ?? '';
    return { getStatus: (options?: GrpcOptions) => this.#cancellable(options, () => this.#status(id)) };
  }

  #proposal(functionName: string, args: readonly string[]) {
    const txId = this.channel.ledger.nextTxId();
    const run = async (failures: Error[]) => {
      const failure = failures.shift();
      if (failure) throw failure;
      return this.channel.propose({ txId }, this.identity, functionName, ...args).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        throw grpcError(10, 'ABORTED: failed to endorse transaction', `chaincode response 500, ${error.message}`);
      });
    };
    return {
      getTransactionId: () => txId,
      evaluate: (options?: GrpcOptions) =>
        this.#cancellable(options, async () => {
          this.log.push(`evaluate ${functionName}`);
          return Buffer.from((await run(this.failures.evaluate)).result);
        }),
      endorse: (options?: GrpcOptions) =>
        this.#cancellable(options, async () => {
          this.log.push(`endorse ${functionName}`);
          const envelope = await run(this.failures.endorse);
          return {
            getResult: () => Buffer.from(envelope.result),
            submit: (more?: GrpcOptions) => this.#cancellable(more, () => this.#submit(envelope)),
          };
        }),
    };
  }

  async #submit(envelope: Envelope): Promise<object> {
    this.log.push(`submit ${envelope.txId.slice(0, 8)}`);
    const submission = this.submissions.shift() ?? 'accepted';
    if (submission instanceof Error) throw submission;
    if (submission === 'lost') throw UNAVAILABLE();
    if (submission === 'forgotten') return {};
    await this.beforeOrdered();
    const [code = 'VALID'] = this.channel.commit(envelope);
    // The first code of an id counts.
    if (!this.codes.has(envelope.txId)) this.codes.set(envelope.txId, code);
    return submission === 'unanswered' ? new Promise(() => {}) : {};
  }

  async #status(id: string): Promise<{ code: number }> {
    this.log.push('status');
    const scripted = this.failures.status.shift();
    if (scripted instanceof Error) throw scripted;
    const code = scripted ?? this.codes.get(id) ?? 'never';
    return code === 'never' ? new Promise(() => {}) : { code: CODES[code] };
  }

  /** A `ProcessedTransaction` with its validation code alone. */
  #qscc(id: string) {
    return {
      getTransactionId: () => '',
      endorse: () => Promise.reject(new Error('not to be endorsed')),
      evaluate: async () => {
        const code = this.codes.get(id);
        if (code === undefined) {
          throw grpcError(
            2,
            'UNKNOWN: evaluate',
            `chaincode response 500, error no such transaction ID [${id}] in index`,
          );
        }
        return Buffer.from([0x0a, 0x00, ...(CODES[code] === 0 ? [] : [0x10, CODES[code]])]);
      },
    };
  }

  /** Ends as gRPC does when its interceptor cancels the call. */
  #cancellable<T>(options: GrpcOptions | undefined, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = {
        cancelWithStatus: () => {
          this.cancelled++;
          reject(grpcError(1, 'CANCELLED: Call cancelled'));
        },
      };
      for (const interceptor of options?.interceptors ?? []) interceptor({}, () => call);
      work().then(resolve, reject);
    });
  }
}

interface Args {
  arguments: string[];
}
