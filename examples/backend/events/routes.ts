import { type RequestHandler, type Response, Router } from 'express';
import { Refusal } from '../../express/index.js';
import { callerOf } from '../access/caller.js';
import type { Feed } from './feed.js';
import { EVENTS } from './path.js';
import { STREAM_HEADERS, stream } from './stream.js';

/** Milliseconds; a longer timer fires at once. */
const LONGEST = 2 ** 31 - 1;
/** Retry-After in seconds of a caller that has too many streams. */
const ASK_AGAIN = 30;

/** What the stream needs. */
export interface EventOptions {
  readonly feed: Pick<Feed, 'open'>;
  /** Authenticates the caller, and admits the roles that may listen. */
  readonly guards: readonly RequestHandler[];
  /** Streams that a caller may have at once. */
  readonly perCaller: number;
}

/** Streams committed transactions to those who may see them, as server-sent events. */
export function eventRoutes({ feed, guards, perCaller }: EventOptions): Router {
  const open = new Map<string, number>();
  const router = Router();
  router.get(EVENTS, ...guards, async (request, response) => {
    if (request.method === 'HEAD') return void response.set(STREAM_HEADERS).end();
    const caller = callerOf(response);
    const count = open.get(caller.id) ?? 0;
    if (count >= perCaller) {
      const sentence = `You have ${perCaller} open streams: close one first.`;
      throw new Refusal(429, 'RATE_LIMITED', sentence, { retryAfter: ASK_AGAIN });
    }
    open.set(caller.id, count + 1);
    try {
      const signal = endOf(response, caller.expiresAt);
      const events = await feed.open();
      await stream(response, events, { caller, lastEventId: request.get('Last-Event-ID'), signal });
    } finally {
      const left = (open.get(caller.id) ?? 1) - 1;
      if (left > 0) open.set(caller.id, left);
      else open.delete(caller.id);
    }
  });
  return router;
}

/** Aborts when the client has gone, or its token is no longer valid. */
function endOf(response: Response, expiresAt = Number.POSITIVE_INFINITY): AbortSignal {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), Math.min(expiresAt - Date.now(), LONGEST));
  response.once('close', () => {
    clearTimeout(timer);
    over.abort();
  });
  return over.signal;
}
