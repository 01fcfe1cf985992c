/*
 * The parts of @hyperledger/fabric-gateway that are used. Its own `Gateway`, of any version since 1.9, has them.
 */

/** Options of one gRPC request. */
export interface GrpcOptions {
  readonly deadline: Date | number;
  readonly interceptors: GrpcInterceptor[];
}

/** Sees each gRPC call before it begins. Of whichever version of @grpc/grpc-js the application has. */
// biome-ignore lint/suspicious/noExplicitAny: its types are those of that version
export type GrpcInterceptor = (options: any, next: (options: any) => any) => any;

/** An endorsed transaction. Each submission of it sends the same bytes. */
export interface Envelope {
  getResult(): Uint8Array;
  submit(options?: GrpcOptions): Promise<unknown>;
}

/** A call of a chaincode, with the id that its transaction will have. */
export interface Proposal {
  getTransactionId(): string;
  evaluate(options?: GrpcOptions): Promise<Uint8Array>;
  endorse(options?: GrpcOptions): Promise<Envelope>;
}

export interface GatewayContract {
  newProposal(functionName: string, options: { arguments: string[] }): Proposal;
}

/** The event that a chaincode has emitted in a valid transaction. */
export interface ChaincodeEvent {
  readonly blockNumber: bigint;
  readonly transactionId: string;
  readonly payload: Uint8Array;
}

/** A channel, as its peer knows it. */
export interface GatewayNetwork {
  getContract(chaincode: string, contract?: string): GatewayContract;
  getChaincodeEvents(
    chaincode: string,
    options: { startBlock: bigint },
  ): Promise<AsyncIterable<ChaincodeEvent> & { close(): void }>;
}

/** A `Gateway` of @hyperledger/fabric-gateway. */
export interface FabricGateway {
  getIdentity(): { readonly mspId: string; readonly credentials: Uint8Array };
  getNetwork(channel: string): GatewayNetwork;
  newCommit(request: Uint8Array): { getStatus(options?: GrpcOptions): Promise<{ readonly code: number }> };
}
