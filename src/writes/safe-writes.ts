import type { Call, WriteCall } from '../core/call.js';
import { InvalidResponseError, OutcomeUnknownError, type SpydraError } from '../errors.js';
import type { Ledger, Receipt, TransactionRecord } from '../ledger/ledger.js';
import type { Settings } from '../options.js';
import { earlierUnknown, mayBeApplied } from './errors.js';
import { readBack } from './read-back.js';
import { reportWrite } from './report-write.js';
import { SharedWrites } from './shared-writes.js';
import { Submission } from './submit.js';
import type { Write } from './write.js';
import { fingerprintOf } from './write-identity.js';

/**
 * Makes the writes of a ledger take effect exactly once: each is sent once, waits for its commit, is submitted again
 * only after it has failed for certain, and ends in OutcomeUnknownError where that cannot be known.
 */
export function safeWrites(ledger: Ledger, settings: Settings, shared = new SharedWrites()): Ledger {
  const { appId, logger } = settings;

  /** Runs a write so that it takes effect once, or ends in an error that says what is known of it. */
  const once = async <R extends Receipt>(write: Write<R>, call: WriteCall): Promise<R> => {
    const fingerprint = await fingerprintOf({ appId, types: write.identity.types, order: write.order });
    const submission = new Submission(write, { ...call, fingerprint }, ledger, settings, shared);
    const run = () => underLock(call, () => submission.run());
    return reportWrite({ type: write.type, call, logger, run, progress: () => submission.progress });
  };

  /** Calls under one key that the caller gave run one at a time: the later one finds what the earlier one did. */
  const underLock = async <R>(call: WriteCall, work: () => Promise<R>): Promise<R> => {
    const { keys } = shared;
    const run = () => keys.during(call.idempotencyKey, work);
    if (!call.keyIsGiven) return run();
    const release = await keys.locks.acquire(call.idempotencyKey, call.signal).catch((error: unknown) => {
      throw earlierUnknown(error, call);
    });
    try {
      return await run();
    } finally {
      release();
    }
  };

  const assetOf = async ({ assetId }: TransactionRecord, call: Call) => {
    if (assetId === undefined) throw new InvalidResponseError('The transaction names no asset.');
    return { assetId, asset: await ledger.getAsset(assetId, call) };
  };
  const balanceOf = async (walletId: string, assetId: string, call: Call) => {
    const balances = await ledger.getBalances(walletId, assetId, call);
    return balances.find((entry) => entry.assetId === assetId)?.balance ?? 0n;
  };

  return {
    ...ledger,

    createAsset: (order, call) =>
      once(
        {
          type: 'create',
          order: { ...order, schema: settings.assetSchemaId },
          identity: { types: ['create'] },
          touches: [],
          submit: (sealed) => ledger.createAsset(order, sealed),
          recall: assetOf,
        },
        call,
      ),

    updateAsset: (order, call) =>
      once(
        {
          type: 'update',
          order,
          identity: { types: ['update', 'publish'], assetId: order.assetId },
          touches: [assetKey(order.assetId)],
          submit: (sealed) => ledger.updateAsset(order, sealed),
          recall: (record, asking) => assetOf({ ...record, assetId: order.assetId }, asking),
        },
        call,
      ),

    mint: (order, call) => {
      const { assetId, amount, recipientWallet } = order;
      return once(
        {
          type: 'mint',
          order,
          identity: { types: ['mint'], assetId, amount, recipientWallet },
          touches: [supplyKey(assetId), balanceKey(assetId, recipientWallet)],
          submit: (sealed) => ledger.mint(order, sealed),
          recall: async (_, asking) => ({ newBalance: await balanceOf(recipientWallet, assetId, asking) }),
        },
        call,
      );
    },

    burn: (order, call) => {
      const { assetId, amount, holderWallet } = order;
      return once(
        {
          type: 'burn',
          order,
          identity: { types: ['burn'], assetId, amount, holderWallet },
          touches: [supplyKey(assetId), balanceKey(assetId, holderWallet)],
          submit: (sealed) => ledger.burn(order, sealed),
          recall: async (_, asking) => ({ newBalance: await balanceOf(holderWallet, assetId, asking) }),
        },
        call,
      );
    },

    transfer: (order, call) => {
      const { assetId, amount, fromWallet, toWallet } = order;
      return once(
        {
          type: 'transfer',
          order,
          identity: { types: ['transfer'], assetId, amount, fromWallet, toWallet },
          touches: [balanceKey(assetId, fromWallet), balanceKey(assetId, toWallet)],
          submit: (sealed) => ledger.transfer(order, sealed),
          recall: async (_, asking) => ({
            fromBalance: await balanceOf(fromWallet, assetId, asking),
            toBalance: await balanceOf(toWallet, assetId, asking),
          }),
        },
        call,
      );
    },

    // The response names no transaction to wait for: a document is committed when it can be read.
    addMetadata: (assetId, metadata, call) =>
      reportWrite({
        type: 'metadata',
        call,
        logger,
        run: async () => {
          const receipt = await ledger.addMetadata(assetId, metadata, call).catch((error) => {
            throw mayBeApplied(error) ? documentUnknown(error.message, call, error) : error;
          });
          if (!call.confirm) return receipt;
          const { metadataId } = receipt;
          const seen = await readBack(ledger, metadataId, metadata, settings.uncertaintyWindow, call);
          if (seen === 'other') throw documentUnknown(`The server named ${metadataId}, which is another one.`, call);
          return { metadataId, status: seen === 'same' ? 'committed' : 'pending' };
        },
        progress: () => ({ submissions: 1, commitMs: undefined }),
      }),
  };
}

/*
 * The keys of the world state that Spydra's contract changes: one for an asset, its supply, and each of its balances.
 */
const assetKey = (assetId: string) => `asset ${assetId}`;
const supplyKey = (assetId: string) => `supply ${assetId}`;
const balanceKey = (assetId: string, walletId: string) => `balance ${assetId} ${walletId}`;

function documentUnknown(why: string, { idempotencyKey }: WriteCall, cause?: SpydraError): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `The document was sent, but nobody can tell whether it was kept: ${why} It leaves no transaction to look for; sending it again may keep it twice.`,
    { stage: 'submit', idempotencyKey, status: cause?.status, requestId: cause?.requestId, cause },
  );
}
