import { type Contract, type Gateway, type Network, StatusCode, type Transaction } from '@hyperledger/fabric-gateway';
import { gateway, msp } from '@hyperledger/fabric-protos';
import type { GatewayClient } from '../test-network.js';

/** Results are JSON of which a case knows the shape. */
// biome-ignore lint/suspicious/noExplicitAny: a case reads any field, and fails where it is missing
export type Result = any;

/** What became of a write. */
export interface Outcome {
  /** Fabric's name of the validation code. */
  readonly code: string;
  readonly blockNumber: bigint;
  readonly transactionId: string;
  readonly result: Result;
}

/** What is thrown by fabric-gateway. */
export interface Failure {
  readonly name: string;
  /** Of gRPC. */
  readonly code: number;
  readonly message: string;
  /** What the nodes said. */
  readonly details: readonly string[];
}

/** A member that calls the contract through the plain client of fabric-gateway. */
export class Actor {
  readonly gateway: Gateway;
  readonly network: Network;
  readonly contract: Contract;

  constructor(
    private readonly client: GatewayClient,
    readonly channel: string,
    readonly chaincode: string,
  ) {
    this.gateway = client.gateway;
    this.network = client.gateway.getNetwork(channel);
    this.contract = this.network.getContract(chaincode);
  }

  async evaluate(functionName: string, ...args: readonly unknown[]): Promise<Result> {
    return parse(await this.contract.evaluate(functionName, { arguments: texts(args) }));
  }

  /** Until the peers agree: one may be a block behind. Nothing is ordered meanwhile. */
  async endorse(functionName: string, ...args: readonly unknown[]): Promise<Transaction> {
    for (;;) {
      try {
        return await this.endorseOnce(functionName, ...args);
      } catch (error) {
        if (!(error as Error).message.includes('failed to collect enough transaction endorsements')) throw error;
      }
    }
  }

  endorseOnce(functionName: string, ...args: readonly unknown[]): Promise<Transaction> {
    return this.contract.newProposal(functionName, { arguments: texts(args) }).endorse();
  }

  /** Endorses, submits and waits for the block. */
  async write(functionName: string, ...args: readonly unknown[]): Promise<Outcome> {
    return this.finish(await this.endorse(functionName, ...args));
  }

  async finish(transaction: Transaction): Promise<Outcome> {
    const { code, blockNumber, transactionId } = await (await transaction.submit()).getStatus();
    return { code: nameOf(code), blockNumber, transactionId, result: parse(transaction.getResult()) };
  }

  /** Submits an envelope that was endorsed before, as another process would, and waits for its status. */
  async resend(envelope: Uint8Array): Promise<string> {
    const commit = await this.gateway.newTransaction(envelope).submit();
    return nameOf((await commit.getStatus()).code);
  }

  /** Waits for the status of a transaction, of which only the id is known. */
  async statusOf(transactionId: string): Promise<string> {
    const { mspId, credentials } = this.gateway.getIdentity();
    const identity = new msp.SerializedIdentity();
    identity.setMspid(mspId);
    identity.setIdBytes(credentials);
    const request = new gateway.CommitStatusRequest();
    request.setChannelId(this.channel);
    request.setTransactionId(transactionId);
    request.setIdentity(identity.serializeBinary());
    const signed = new gateway.SignedCommitStatusRequest();
    signed.setRequest(request.serializeBinary());
    return nameOf((await this.gateway.newCommit(signed.serializeBinary()).getStatus()).code);
  }

  async balance(walletId: string, assetId: string): Promise<string> {
    const { balances } = await this.evaluate('Balances', walletId, assetId);
    return balances[0]?.balance ?? '0';
  }

  close(): void {
    this.client.close();
  }
}

export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    const { name, code, message, details } = error as Omit<Failure, 'details'> & {
      readonly details: readonly { readonly message: string }[];
    };
    return { name, code, message, details: details.map((detail) => detail.message) };
  }
  throw new Error('the call did not fail');
}

/** The refusal that an error carries: JSON behind the status of the chaincode. */
export function refusalIn({ details }: Failure): Result {
  return JSON.parse(details[0]?.replace(/^chaincode response 500, /, '') ?? '');
}

/** How often each value occurs. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

export function nameOf(code: number): string {
  return Object.entries(StatusCode).find(([, value]) => value === code)?.[0] ?? String(code);
}

function parse(bytes: Uint8Array): Result {
  return JSON.parse(Buffer.from(bytes).toString());
}

function texts(args: readonly unknown[]): string[] {
  return args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)));
}
