import type { Response } from 'express';
import type { Caller } from '../access/caller.js';
import { visibleTo } from '../access/visible.js';
import type { EventBuffer, FeedEvent } from './event-buffer.js';

/** Milliseconds between heartbeats: less than the read timeout of proxies. */
const HEARTBEAT = 15_000;
/** Milliseconds after which a client that reads nothing is disconnected. */
const STALLED = 30_000;
/** Milliseconds after which a browser connects again. */
const RETRY = 1_000;

/** The headers of a stream. nginx does not buffer a response with the last one. */
export const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/** Whose stream it is, where it resumes, and when it ends. */
export interface Listening {
  readonly caller: Caller;
  /** The `Last-Event-ID` of the request. */
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends events until the signal aborts, the client is gone or the feed ends. A client that reads slower than events come is disconnected
 * once they are no longer kept: nothing is queued for it.
 */
export async function stream(response: Response, events: EventBuffer, listening: Listening): Promise<void> {
  const { caller, lastEventId, signal } = listening;
  const resumed = lastEventId === undefined ? events.next : events.positionOf(lastEventId);
  let position = resumed ?? events.next;
  let [sent, heartbeatAt] = [position, 0];
  // The signal aborts a moment after the response is destroyed.
  const isGone = () => signal.aborted || response.destroyed;
  const write = async (text: string) => {
    if (isGone()) return;
    sent = position;
    heartbeatAt = performance.now() + HEARTBEAT;
    if (!response.write(text)) await drained(response, signal);
  };

  response.set(STREAM_HEADERS);
  await write(`retry: ${RETRY}\nid: ${events.idAt(position)}\n\n`);
  if (resumed === undefined) await write('event: reset\ndata: {}\n\n');
  while (!isGone() && !events.isOver) {
    if (position < events.first) return void response.destroy();
    const event = events.at(position);
    if (event) {
      position++;
      const data = dataFor(caller, event);
      if (data !== undefined) await write(`event: transaction\nid: ${events.idAt(position)}\ndata: ${data}\n\n`);
      continue;
    }
    const left = heartbeatAt - performance.now();
    // With an id, so that a client of few events can resume after many of others.
    if (left <= 0) await write(`: heartbeat\n${sent === position ? '' : `id: ${events.idAt(position)}\n`}\n`);
    else await events.changed(left, signal);
  }
  response.end();
}

function dataFor(caller: Caller, { record, isPublished, ...json }: FeedEvent): string | undefined {
  const visible = visibleTo(caller, record, isPublished);
  return visible === 'nothing' ? undefined : json[visible];
}

/** Resolves when the client has read what was sent, or the signal aborts. Disconnects a client that reads nothing. */
function drained(response: Response, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), STALLED);
    const end = () => {
      clearTimeout(timer);
      response.off('drain', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    response.on('drain', end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
