import * as z from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { failuresOf, HEADERS } from '../openapi/failures.js';
import { EVENTS } from './path.js';

const DESCRIPTION = `Server-sent events, as transactions are committed. For admins, investors and users, who see different ones.

- \`event: transaction\`: the data is a Transaction. An admin sees all of each transaction; an investor all of those of
  the wallet in the token, and of those of published assets only transactionId, type, status, assetId and timestamp; a
  user only the latter.
- \`event: reset\`: events may be missing since the \`Last-Event-ID\`, which is of another server or too old. Read what you
  show again.

Each transaction comes at least once: handle it by its transactionId. The stream ends with the token. Connect again with
the id of the last event as \`Last-Event-ID\`. Take this stream first and read balances then: nothing is missed in between.`;

const lastEventId = z
  .string()
  .optional()
  .meta({
    description: 'The id of the last event that was received, to resume after it.',
    param: { in: 'header', name: 'Last-Event-ID' },
  });

/** The stream in the OpenAPI document. */
export const EVENTS_PATH: Readonly<Record<typeof EVENTS, { readonly get: ZodOpenApiOperationObject }>> = {
  [EVENTS]: {
    get: {
      operationId: 'streamEvents',
      tags: ['Events'],
      summary: 'Transactions as they are committed',
      description: DESCRIPTION,
      security: [{ apiKey: [] }, { token: [] }],
      parameters: [lastEventId],
      responses: {
        200: {
          description: 'A stream that does not end by itself.',
          headers: z.object(HEADERS),
          content: { 'text/event-stream': { schema: z.string() } },
        },
        ...failuresOf('GET /events'),
      },
    },
  },
};
