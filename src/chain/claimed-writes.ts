import { sleep } from '../core/abort.js';
import type { Call, WriteCall } from '../core/call.js';
import { stringifyJson } from '../core/json.js';
import { type SpydraError, TransactionFailedError } from '../errors.js';
import { isReadConflict, type KeyClaim } from '../ledger/ledger.js';
import { WriteLocks } from '../ledger/write-locks.js';
import type { WriteLockMode } from '../options.js';
import type { Chain, Invocation, Transacted } from './chain.js';
import { readClaim } from './claims.js';
import { earlierUnknown, isInconclusive, unsent } from './errors.js';
import { isRefusal, isRefusedByClaim } from './refusals.js';
import { hasWritten, readApplied } from './results.js';

/** A write of the contract: an order under the key of its call. */
export interface ClaimedWrite {
  readonly functionName: string;
  /** As JSON. What is undefined is left out. */
  readonly order: object;
  /** Names of the keys that it reads and overwrites: of two such writes, a block commits one. */
  readonly locks: readonly string[];
  /** Whose tokens it takes: their credits may have to be swept first. */
  readonly debits?: Account | undefined;
}

export interface Account {
  readonly assetId: string;
  readonly walletId: string;
}

/** An invocation, and the locks that it needs. */
export interface LockedInvocation extends Invocation, Pick<ClaimedWrite, 'locks' | 'debits'> {}

/**
 * What is known of a write. It begins as unsent, and ends as transacted or with an error. In each of these states but `open`
 * no transaction of the call may still become valid: the chain reports everything else as OutcomeUnknownError.
 */
type State =
  | { readonly is: 'unsent' }
  /** A batch that was sent may still apply it. The chain goes on until that is known. */
  | { readonly is: 'open' }
  /** Its transaction is invalid, since another one came first. */
  | { readonly is: 'conflicted'; readonly error: TransactionFailedError }
  /** The contract refuses it. */
  | { readonly is: 'refused'; readonly error: SpydraError }
  /** It is not sent again, unless the key has a claim. */
  | { readonly is: 'failed'; readonly error: SpydraError }
  | { readonly is: 'transacted'; readonly transacted: Transacted };

/** Where a write begins that was in a batch. */
export type AfterBatch = Extract<State, { readonly is: 'refused' | 'failed' | 'open' }>;

/** Milliseconds before a write is repeated that a peer has applied and another one does not know yet. */
const LAG = 250;

const SILENT = { error: () => {} };

/**
 * Writes under claims: the contract applies each idempotency key once, so a write is simply repeated under its key until
 * its end is known. Concurrent writes to one key of the state run one at a time after a read conflict.
 */
export class ClaimedWrites {
  readonly #chain: Chain;
  readonly #mode: WriteLockMode;
  readonly #locks = new WriteLocks();

  constructor(chain: Chain, mode: WriteLockMode) {
    this.#chain = chain;
    this.#mode = mode;
  }

  /**
   * Applies a write once under the key of its call.
   *
   * @param earlier - how it has ended as a part of a batch
   * @throws the contract's refusal, TransactionFailedError; OutcomeUnknownError if a transaction of this call may still be
   * applied, or whether an earlier call under the key was applied could not be read; the call's own error if it ends first
   */
  async apply(write: ClaimedWrite, call: WriteCall, earlier?: AfterBatch): Promise<Transacted> {
    const { functionName, order, locks, debits } = write;
    const args = [stringifyJson(order), call.idempotencyKey];
    try {
      return await this.run({ functionName, args, hasWritten, locks, debits }, call, earlier);
    } catch (error) {
      throw concluded(error, call);
    }
  }

  /** Runs an invocation until its end is known, as the call's retry policy allows. */
  async run(invocation: LockedInvocation, call: WriteCall, earlier?: AfterBatch): Promise<Transacted> {
    const since = performance.now();
    let state: State = earlier ?? { is: 'unsent' };
    for (let attempt = 0; ; ) {
      switch (state.is) {
        case 'unsent':
        case 'open':
          attempt++;
          state = await this.#transact(state.is === 'open' ? { ...invocation, isOpen: true } : invocation, call);
          break;
        case 'conflicted': {
          const { error }: { readonly error: SpydraError } = state;
          const failed = { attempt, error, operation: 'write', retryable: true, since } as const;
          const wait = call.retries.waitAfter(failed, call, SILENT);
          if (wait !== undefined) await sleep(wait, call.signal);
          state = wait === undefined ? { is: 'failed', error } : { is: 'unsent' };
          break;
        }
        case 'refused':
          state = (await this.#isSwept(state.error, invocation, call)) ? { is: 'unsent' } : { ...state, is: 'failed' };
          break;
        case 'failed':
          await this.#ensureApplied(state.error, call);
          state = { is: 'unsent' };
          break;
        case 'transacted':
          return state.transacted;
      }
    }
  }

  #transact(invocation: LockedInvocation, call: WriteCall): Promise<State> {
    const { locks } = invocation;
    return this.#locks.within(locks, this.#mode, call.signal, async () => {
      try {
        return { is: 'transacted', transacted: await this.#chain.transact(invocation, call) };
      } catch (error) {
        if (isRefusal(error)) return { is: 'refused', error };
        if (!(error instanceof TransactionFailedError) || !isReadConflict({ error: error.validationCode })) throw error;
        this.#locks.conflicted(locks);
        return { is: 'conflicted', error };
      }
    });
  }

  /** Whether what a refusal asked for was done: the credits of the wallet are swept. */
  async #isSwept({ serverCode }: SpydraError, { debits }: LockedInvocation, call: WriteCall): Promise<boolean> {
    if (serverCode !== 'SWEEP_REQUIRED' || !debits) return false;
    return this.sweep(debits, call).then(
      () => true,
      () => false,
    );
  }

  /**
   * Resolves if the key has a claim all the same: a peer that lags behind refuses what others have applied, and of two
   * transactions under a key the second is invalid.
   *
   * @throws the error, if the key has no claim
   */
  async #ensureApplied(error: SpydraError, call: WriteCall): Promise<void> {
    if (!call.keyIsGiven || isRefusedByClaim(error)) throw error;
    const { state } = await this.claimOf(call.idempotencyKey, call).catch((cause: unknown) => {
      throw earlierUnknown(call, cause);
    });
    if (state === 'absent') throw error;
    await sleep(LAG, call.signal);
  }

  /** Settles all credits of a wallet. Nobody's tokens change, so nothing of it depends on how often it is done. */
  async sweep({ assetId, walletId }: Account, call: WriteCall): Promise<void> {
    const order = { assetId, walletId };
    const locks = [balanceLock(order)];
    for (let hasMore = true; hasMore; ) {
      const sweep = { ...call, idempotencyKey: crypto.randomUUID(), keyIsGiven: false, confirm: true };
      const { result } = await this.apply({ functionName: 'SweepCredits', order, locks }, sweep);
      hasMore = readApplied(result).hasMore === true;
    }
  }

  /** The claim on a key. */
  async claimOf(idempotencyKey: string, call: Call): Promise<KeyClaim> {
    return readClaim(await this.#chain.query('Claim', [idempotencyKey], call));
  }

  /** Makes the key of a call void, unless a write was applied under it. */
  async void(call: WriteCall): Promise<KeyClaim> {
    const invocation = { functionName: 'Void', args: [call.idempotencyKey], hasWritten, locks: [] };
    // It is final on the ledger, and not when an orderer has taken it.
    return readClaim((await this.run(invocation, { ...call, confirm: true })).result);
  }
}

/** What an error of a write is to its call, whose key an earlier call may have used. */
export function concluded(error: unknown, call: WriteCall): unknown {
  if (call.keyIsGiven && isInconclusive(error)) return earlierUnknown(call, error);
  return error === call.signal.reason ? unsent(error as SpydraError) : error;
}

/** The lock on a settled balance, which debits and sweeps overwrite. */
export function balanceLock({ assetId, walletId }: Account): string {
  return stringifyJson(['balance', assetId, walletId]);
}

/** The lock on what was minted and burned of an asset. */
export function supplyLock(assetId: string): string {
  return stringifyJson(['supply', assetId]);
}

/** The lock on an asset itself. */
export function assetLock(assetId: string): string {
  return stringifyJson(['asset', assetId]);
}
