import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { Refusal as ContractRefusal, type Identity } from '../contract/index.js';
import { clientIdentity } from './chain.js';
import { isJsonObject, type Json, toJson } from './json.js';
import type { Parts } from './parts.js';
import { errorResponse, jsonResponse, wrapped } from './platform-bodies.js';
import type { PlatformSettings } from './platform-options.js';
import { Refusal } from './refusal.js';
import { check } from './requests.js';
import type { Call, Route } from './router.js';
import type { ValidationCode } from './world-state.js';

const text = z.string('must be a text').check(z.minLength(1, 'must not be empty'));
const invocation = z.pipe(
  z.custom(isJsonObject, 'must be a JSON object'),
  z.object({
    functionName: text,
    args: z._default(
      z.array(
        z.custom<Json>(() => true),
        'must be an array',
      ),
      [],
    ),
    identity: z.optional(text),
  }),
);

interface Invocation {
  readonly functionName: string;
  readonly args: readonly string[];
  readonly identity: Identity | undefined;
}

/**
 * The documented API of Spydra's platform for an app with a chaincode of its own, over the same contract as the REST API.
 */
export function platform(
  parts: Parts,
  { appId, platform: settings }: { readonly appId: string; readonly platform: PlatformSettings },
): Route[] {
  const calls = new PlatformCalls(parts, settings);
  const routes: Route[] = [
    { method: 'POST', pattern: 'fabric/:appId/ledger/transact', operation: (call) => calls.transact(call) },
    { method: 'POST', pattern: 'fabric/:appId/ledger/query', operation: (call) => calls.query(call) },
    { method: 'GET', pattern: 'fabric/:appId/receipt', operation: (call) => calls.receipt(call) },
  ];
  return routes.map((route) => ({
    ...route,
    operation: async (call) => {
      if (call.params.appId === appId) return route.operation(call);
      throw new Refusal('NOT_FOUND', `There is no appId ${call.params.appId}.`);
    },
  }));
}

class PlatformCalls {
  readonly #parts: Parts;
  readonly #settings: PlatformSettings;
  /** Transactions that were not waited for, by receipt. */
  readonly #receipts = new Map<string, string>();
  #transactions = 0;

  constructor(parts: Parts, settings: PlatformSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  async query({ body }: Call): Promise<Response> {
    const { functionName, args, identity } = invocationOf(body);
    const { results, status } = this.#settings;
    try {
      const result = await this.#parts.chain.query(functionName, args, identity);
      return jsonResponse(status, wrapped(result, results === 'text' || results === 'quoted' ? results : 'object'));
    } catch (error) {
      return errorResponse(refusalText(error), this.#settings);
    }
  }

  /** Responds when the transaction is on the ledger; with `async=true` when it is ordered. */
  async transact({ body, query }: Call): Promise<Response> {
    const response = await this.#transact(invocationOf(body), query.get('async') === 'true');
    const { loseEvery } = this.#settings;
    this.#transactions += 1;
    return loseEvery !== undefined && this.#transactions % loseEvery === 0 ? Response.error() : response;
  }

  async #transact({ functionName, args, identity }: Invocation, isAsync: boolean): Promise<Response> {
    const { chain, ledger } = this.#parts;
    const { status, results } = this.#settings;
    try {
      const { result, transaction } = await chain.transact(functionName, args, { identity });
      // What writes nothing is ordered too, under an id of its own.
      const transactionId = transaction?.transactionId ?? ledger.propose().txId;
      if (isAsync) return jsonResponse(status, { receiptId: this.#receiptOf(transactionId) });
      const { validationCode } = transaction ? await chain.wait(transactionId) : { validationCode: 'VALID' as const };
      if (validationCode !== 'VALID')
        return errorResponse(commitFailure(transactionId, validationCode), this.#settings);
      if (results === 'none') return jsonResponse(status, { transactionId });
      return jsonResponse(status, {
        transactionId,
        data: wrapped(result, results === 'documented' ? 'text' : results),
      });
    } catch (error) {
      return errorResponse(refusalText(error), this.#settings);
    }
  }

  /** What became of a transaction that was not waited for. The documentation has no shape of it: this one is the sandbox's. */
  async receipt({ query }: Call): Promise<Response> {
    const receiptId = query.get('receiptId') ?? '';
    const transactionId = this.#receipts.get(receiptId);
    if (transactionId === undefined) throw new Refusal('NOT_FOUND', `There is no receipt ${receiptId}.`);
    const { validationCode } = this.#parts.chain.find(transactionId) ?? {};
    return jsonResponse(200, { receiptId, transactionId, status: validationCode ?? 'PENDING' });
  }

  #receiptOf(transactionId: string): string {
    const receiptId = createHash('sha256').update(`receipt ${transactionId}`).digest('hex').slice(0, 24);
    this.#receipts.set(receiptId, transactionId);
    return receiptId;
  }
}

function invocationOf(body: Json): Invocation {
  const { functionName, args, identity } = check(invocation, body);
  return {
    functionName,
    // What is no text reaches the contract as its JSON.
    args: args.map((arg) => (typeof arg === 'string' ? arg : toJson(arg))),
    identity: identity === undefined ? undefined : clientIdentity(identity),
  };
}

/** What a gateway of Fabric says of a refusal of the contract; other errors are thrown again. */
function refusalText(error: unknown): string {
  if (!(error instanceof ContractRefusal)) throw error;
  return `failed to endorse transaction: chaincode response 500, ${error.message}`;
}

function commitFailure(transactionId: string, code: ValidationCode): string {
  return `transaction ${transactionId} failed to commit with status code ${code}`;
}
