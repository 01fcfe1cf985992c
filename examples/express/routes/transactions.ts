import * as z from 'zod';
import { existingId, idempotencyKey, parameter } from '../requests/fields.js';
import { transactionRecord } from '../responses/records.js';
import { data, transaction } from '../responses/schemas.js';
import { read } from './route.js';

const STATES = ['committed', 'pending', 'failed', 'not-found'] as const;

const found = z.object({
  state: z
    .enum(STATES)
    .describe("'failed' and 'not-found' are not final: a request that was sent may still arrive, or be repeated."),
  transaction: transaction.optional(),
});

export const transactionRoutes = {
  'GET /transactions': read({
    operationId: 'findTransaction',
    summary: 'The transaction of a write, by its Idempotency-Key',
    description: 'It shows what became of a write without a response, and a write that is waiting for its commit.',
    query: {
      idempotencyKey,
      assetId: parameter(existingId).describe('The asset of the write, which shortens the search.'),
    },
    answer: [200, data(found)],
    example: () => ({ query: { idempotencyKey: 'order-4711' } }),
    handle: async (spydra, { query: { idempotencyKey, assetId } }, options) => {
      const { state, ...rest } = await spydra.transactions.reconcile(idempotencyKey, { assetId }, options);
      return { data: { state, ...('transaction' in rest && { transaction: transactionRecord(rest.transaction) }) } };
    },
  }),

  'GET /transactions/:transactionId': read({
    operationId: 'getTransaction',
    summary: 'A transaction',
    params: { transactionId: existingId },
    answer: [200, data(transaction)],
    example: ({ transactionId = 'transaction-of-yours' }) => ({ params: { transactionId } }),
    handle: async (spydra, { params }, options) => ({
      data: transactionRecord(await spydra.transactions.get(params.transactionId, options)),
    }),
  }),
};
