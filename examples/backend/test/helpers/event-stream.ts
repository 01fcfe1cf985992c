import { onTestFinished } from 'vitest';

/** An event as a page sees it. */
export interface SeenEvent {
  readonly event: string;
  readonly id: string;
  readonly data: { readonly transactionId?: string; readonly [field: string]: unknown };
}

/** A stream of server-sent events that is read, and what came of it so far. */
export interface EventStream {
  readonly status: number;
  readonly headers: Headers;
  readonly events: readonly SeenEvent[];
  /** As a browser would send it when it connects again. */
  readonly lastEventId: () => string;
  readonly comments: () => number;
  /** Resolves when the stream has ended, to the error if it was cut. */
  readonly ended: Promise<unknown>;
  close(): void;
}

/** Opens a stream and reads it by the rules of the HTML standard, until it ends or the test does. */
export async function openStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const response = await fetch(url, { headers, signal: stop.signal });
  const events: SeenEvent[] = [];
  let [lastEventId, comments] = ['', 0];
  const read = async () => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields: Record<string, string> = {};
        for (const line of block.split('\n')) {
          const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
          if (name === '') comments++;
          else fields[name] = value;
        }
        lastEventId = fields.id ?? lastEventId;
        if (fields.data === undefined) continue;
        events.push({ event: fields.event ?? 'message', id: lastEventId, data: JSON.parse(fields.data) });
      }
    }
  };
  const ended = read().catch((error: unknown) => error);
  return {
    status: response.status,
    headers: response.headers,
    events,
    lastEventId: () => lastEventId,
    comments: () => comments,
    ended,
    close: () => stop.abort(),
  };
}
