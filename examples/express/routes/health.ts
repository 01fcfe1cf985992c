import * as z from 'zod';
import { read } from './route.js';

/** The deadline of the health check in milliseconds. */
const DEADLINE = 5_000;

export const healthRoutes = {
  'GET /health': read({
    operationId: 'getHealth',
    summary: 'Whether Spydra is available',
    answer: [
      200,
      z.object({ success: z.literal(true), spydra: z.object({ healthy: z.boolean(), message: z.string() }) }),
    ],
    handle: async (spydra, _input, options) => {
      const { healthy, message } = await spydra.health({ ...options, deadline: DEADLINE });
      const spydraHealth = { spydra: { healthy, message } };
      return healthy ? spydraHealth : { status: 503, ...spydraHealth, error: message, code: 'UPSTREAM_UNAVAILABLE' };
    },
  }),
};
