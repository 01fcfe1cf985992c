import { callOf, parseArgument, refuseMoreThan } from './arguments.js';
import { createAsset, createMetadata, updateAsset } from './assets.js';
import { runBatch } from './batch.js';
import { configure } from './configure.js';
import type { Identity } from './identity.js';
import { canonicalJson } from './json.js';
import { Reader } from './reader.js';
import { READS } from './reads.js';
import { Refusal } from './refusal.js';
import type { Stub } from './stub.js';
import { type Submitted, submit } from './submit.js';
import { burnTokens, mintTokens, sweepCredits, transferTokens } from './tokens.js';
import type { Transaction } from './transaction.js';
import { type Outcome, voidKey, type WriteCall, writeOnce } from './write.js';
import type { WriteFunction } from './write-function.js';

/** The functions that are called with an order, an idempotency key and hints. */
const WRITES: ReadonlyMap<string, WriteFunction> = new Map([
  ['CreateAsset', createAsset],
  ['UpdateAsset', updateAsset],
  ['CreateMetadata', createMetadata],
  ['MintTokens', mintTokens],
  ['BurnTokens', burnTokens],
  ['TransferTokens', transferTokens],
  ['SweepCredits', sweepCredits],
  ['Configure', configure],
]);

/** The names of all functions. */
export const FUNCTIONS: readonly string[] = [...WRITES.keys(), 'Void', 'Batch', ...READS.keys()];

export interface ContractOptions {
  /** The MSP whose admins may configure the contract. Given where the chaincode is packaged, so no transaction changes it. */
  readonly adminMsp: string;
}

export interface TokenContract {
  /**
   * Runs one function over the state, and returns its result as canonical JSON: the same bytes from every endorser.
   *
   * @throws Refusal with JSON as its message
   */
  invoke(stub: Stub, identity: Identity, functionName: string, args: readonly string[]): Promise<string>;
}

/**
 * The token contract. It keeps nothing between calls, so one is enough for a process.
 *
 * @example
 * ```ts
 * const contract = tokenContract({ adminMsp: 'Org1MSP' });
 * // In a method of a class of fabric-contract-api:
 * return contract.invoke(ctx.stub, fabricIdentity(ctx.clientIdentity), 'MintTokens', [order, key]);
 * ```
 */
export function tokenContract({ adminMsp }: ContractOptions): TokenContract {
  if (typeof adminMsp !== 'string' || adminMsp === '') throw new TypeError('adminMsp must name the MSP of the admins.');

  async function apply(tx: Transaction, call: WriteCall): Promise<Outcome> {
    if (call.functionName === 'Void') return voidKey(tx, call.key, adminMsp);
    return writeOnce(tx, call, { write: requireWrite(call.functionName), adminMsp });
  }

  async function run(tx: Transaction, functionName: string, args: readonly string[]): Promise<Submitted> {
    if (functionName === 'Batch') {
      refuseMoreThan(1, args);
      return runBatch(tx, parseArgument(args[0], 'orders'), apply);
    }
    if (functionName !== 'Void') requireWrite(functionName);
    const { result, event } = await apply(tx, callOf(functionName, args));
    return { result, eventName: event?.name ?? '', events: event === undefined ? [] : [event] };
  }

  return {
    async invoke(stub, identity, functionName, args) {
      const read = READS.get(functionName);
      if (read === undefined) return canonicalJson(await submit(stub, identity, (tx) => run(tx, functionName, args)));
      refuseMoreThan(read.takes, args);
      return canonicalJson(await read.run({ reader: new Reader(stub), identity, adminMsp }, args));
    },
  };
}

function requireWrite(functionName: string): WriteFunction {
  return WRITES.get(functionName) ?? unknownFunction(functionName);
}

function unknownFunction(name: string): never {
  throw new Refusal('UNKNOWN_FUNCTION', `The contract has no function ${name}.`);
}
