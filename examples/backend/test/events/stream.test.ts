import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Response } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { fakeTimeOverSockets, until } from '../../../../test/helpers/time.js';
import { EventBuffer, type FeedEvent } from '../../events/event-buffer.js';
import { Feed } from '../../events/feed.js';
import { stream } from '../../events/stream.js';
import { ADMIN_KEY, backendOf, backendOnSandbox } from '../helpers/backend.js';
import { openStream } from '../helpers/event-stream.js';
import { BY_SECRET, fromNow, token } from '../helpers/tokens.js';

const KEY = { 'X-API-Key': ADMIN_KEY };

function eventOf(transactionId: string, size = 0): FeedEvent {
  const record = { transactionId, type: 'mint', status: 'COMMITTED', timestamp: '2026-01-01T00:00:00Z' };
  const all = JSON.stringify({ ...record, metadata: 'x'.repeat(size) });
  return { record, isPublished: false, all, public: JSON.stringify(record) };
}

/** The backend with events of the test's own. */
async function fed(environment = {}) {
  const events = new EventBuffer();
  const backend = await backendOf(testClient({}), environment, { feed: { open: async () => events } });
  const url = `http://127.0.0.1:${backend.port}/api/spydra/events`;
  return { ...backend, events, url, open: (headers = {}) => openStream(url, { ...KEY, ...headers }) };
}

const idsOf = ({ events }: { readonly events: readonly { readonly data: { readonly transactionId?: string } }[] }) =>
  events.map(({ data }) => data.transactionId);

describe('a stream of events', () => {
  it('hands on what is committed on the ledger, as the documented transaction', async () => {
    const { port, spydra, seeded } = await backendOnSandbox();
    const { status, headers, events } = await openStream(`http://127.0.0.1:${port}/api/spydra/events`, KEY);
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('X-Accel-Buffering')).toBe('no');
    expect(headers.get('Cache-Control')).toContain('no-transform');
    const assetId = seeded.assets[2]?.assetId ?? '';
    const { transactionId } = await spydra.tokens.mint({ assetId, recipientWallet: 'wallet-carol', amount: 3n });
    await expect.poll(() => events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      event: 'transaction',
      data: { transactionId, type: 'mint', status: 'COMMITTED', assetId, amount: 3, recipientWallet: 'wallet-carol' },
    });
  });

  it('ends when its client is gone, before its signal aborts', async () => {
    const response = new PassThrough();
    Object.assign(response, { set: () => response });
    const listening = {
      caller: { id: 'admin', role: 'admin' as const },
      lastEventId: undefined,
      signal: new AbortController().signal,
    };
    const events = new EventBuffer();
    const streamed = stream(response as unknown as Response, events, listening);
    response.destroy();
    events.add(eventOf('one'));
    await streamed;
  });

  it('resumes after the last event, without a gap and without a reset', async () => {
    const { events, open } = await fed();
    const first = await open();
    events.add(eventOf('one'));
    await expect.poll(() => idsOf(first)).toEqual(['one']);
    first.close();
    events.add(eventOf('two'));
    events.add(eventOf('three'));
    const second = await open({ 'Last-Event-ID': first.lastEventId() });
    events.add(eventOf('four'));
    await expect.poll(() => idsOf(second)).toEqual(['two', 'three', 'four']);
    expect(second.events.map(({ event }) => event)).toEqual(['transaction', 'transaction', 'transaction']);
  });

  it('resumes from its beginning if no event had come', async () => {
    const { events, open } = await fed();
    const first = await open();
    await expect.poll(first.lastEventId).not.toBe('');
    first.close();
    events.add(eventOf('one'));
    const second = await open({ 'Last-Event-ID': first.lastEventId() });
    await expect.poll(() => idsOf(second)).toEqual(['one']);
  });

  it.each<[string, (own: string) => string]>([
    ['of another process', () => new EventBuffer().idAt(0)],
    ['of what has not come yet', (own) => own.replace(/\d+$/, '9')],
    ['with a negative position', (own) => own.replace(/\d+$/, '-1')],
    ['with a position beyond all numbers', (own) => own.replace(/\d+$/, '9'.repeat(400))],
    ['without a position', (own) => own.replace(/\d+$/, '')],
    ['that is no id', () => 'latest'],
    ['that is long', () => 'x'.repeat(8_000)],
  ])('begins with a reset after an id %s', async (_name, idOf) => {
    const { events, open } = await fed();
    events.add(eventOf('one'));
    const stream = await open({ 'Last-Event-ID': idOf(events.idAt(0)) });
    await expect.poll(() => stream.events.map(({ event }) => event)).toEqual(['reset']);
    events.add(eventOf('two'));
    await expect.poll(() => idsOf(stream)).toEqual([undefined, 'two']);
  });

  it.each([
    ['more events', 1_001, 0],
    ['more characters', 100, 100_000],
  ])('begins with a reset after an id that is older than what is kept: %s', async (_name, count, size) => {
    const { events, open } = await fed();
    const old = events.idAt(0);
    for (let n = 0; n < count; n++) events.add(eventOf(`t${n}`, size));
    const kept = events.next - events.first;
    expect(kept).toBeLessThan(count);
    const stream = await open({ 'Last-Event-ID': old });
    await expect.poll(() => stream.events.map(({ event }) => event)).toEqual(['reset']);
    const oldest = await open({ 'Last-Event-ID': events.idAt(events.first) });
    await expect.poll(() => oldest.events.length).toBe(kept);
  });

  it('sends heartbeats, with the id of events that its reader does not see', async () => {
    const pass = await fakeTimeOverSockets();
    const { events, url } = await fed(BY_SECRET);
    const stream = await openStream(url, { Authorization: `Bearer ${await token({ role: 'user' })}` });
    await until(() => stream.lastEventId() !== '');
    const [comments, id] = [stream.comments(), stream.lastEventId()];
    await pass(15_001);
    await until(() => stream.comments() > comments);
    expect(stream.lastEventId()).toBe(id);
    events.add(eventOf('not seen'));
    await pass(15_001);
    await until(() => stream.lastEventId() === events.idAt(1));
    expect(stream.events).toEqual([]);
  });

  it('sends heartbeats while events keep coming that its reader does not see', async () => {
    const pass = await fakeTimeOverSockets();
    const { events, url } = await fed(BY_SECRET);
    const stream = await openStream(url, { Authorization: `Bearer ${await token({ role: 'user' })}` });
    await until(() => stream.lastEventId() !== '');
    for (let n = 0; n < 4; n++) {
      events.add(eventOf(`t${n}`));
      await pass(5_000);
    }
    await until(() => stream.comments() > 0);
    expect(stream.events).toEqual([]);
  });

  it('whose client goes before it begins does not count as open', async () => {
    const events = new EventBuffer();
    let begin: (() => void) | undefined;
    const open = async () => {
      if (!begin) await new Promise<void>((resolve) => (begin = resolve));
      return events;
    };
    const { port } = await backendOf(testClient({}), { LISTENERS_PER_CALLER: '1' }, { feed: { open } });
    const url = `http://127.0.0.1:${port}/api/spydra/events`;
    const stop = new AbortController();
    const gone = fetch(url, { headers: KEY, signal: stop.signal }).catch((error: Error) => error.name);
    await expect.poll(() => begin).toBeDefined();
    expect((await fetch(url, { headers: KEY })).status).toBe(429);
    stop.abort();
    expect(await gone).toBe('AbortError');
    begin?.();
    await expect.poll(async () => (await openStream(url, KEY)).status).toBe(200);
  });

  it('ends when its token does', async () => {
    const pass = await fakeTimeOverSockets();
    const { url } = await fed(BY_SECRET);
    const headers = { Authorization: `Bearer ${await token({ exp: fromNow(60) })}` };
    const stream = await openStream(url, headers);
    let hasEnded = false;
    const ended = stream.ended.finally(() => (hasEnded = true));
    await pass(59_000);
    expect(hasEnded).toBe(false);
    await pass(7_000);
    expect(await ended).toBeUndefined();
    expect((await openStream(url, headers)).status).toBe(401);
  });

  it('ends when the process drains, and no other begins', async () => {
    const { spydra } = await backendOnSandbox();
    const feed = new Feed(spydra, { error: () => {} });
    const { port, call } = await backendOf(spydra, {}, { feed });
    const stream = await openStream(`http://127.0.0.1:${port}/api/spydra/events`, KEY);
    feed.close();
    expect(await stream.ended).toBeUndefined();
    expect(await call('GET /events', { headers: KEY })).toMatchObject({ status: 503 });
  });

  it('is refused to a caller that has as many as it may, until one is closed', async () => {
    const { open, call, url } = await fed({ ...BY_SECRET, LISTENERS_PER_CALLER: '2' });
    const streams = [await open(), await open()];
    const refused = await call('GET /events', { headers: KEY });
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
    expect(refused.headers.get('Retry-After')).toBe('30');
    const other = await openStream(url, { Authorization: `Bearer ${await token({ role: 'investor' })}` });
    expect(other.status).toBe(200);
    streams[0]?.close();
    await expect.poll(async () => (await open()).status).toBe(200);
  });

  it('is not sent in response to HEAD', async () => {
    const { url } = await fed();
    const response = await fetch(url, { method: 'HEAD', headers: KEY });
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8');
  });

  it('is cut if its client does not read for half a minute, and nothing is queued for it meanwhile', async () => {
    const pass = await fakeTimeOverSockets();
    const { events, port, server } = await fed();
    const accepted = once(server, 'connection');
    const socket = connect(port, '127.0.0.1').pause();
    onTestFinished(() => void socket.destroy());
    socket.write(`GET /api/spydra/events HTTP/1.1\r\nHost: a\r\nX-API-Key: ${ADMIN_KEY}\r\n\r\n`);
    const [theirs]: Socket[] = await accepted;
    const queued = () => theirs?.writableLength ?? 0;
    const flood = () => {
      for (let n = 0; n < 20; n++) events.add(eventOf(`t${events.next}`, 50_000));
      return queued() > 0;
    };
    await until(flood);
    for (let n = 0; n < 100; n++) flood();
    expect(queued()).toBeLessThan(200_000);
    expect(theirs?.destroyed).toBe(false);
    await pass(30_001);
    await until(() => theirs?.destroyed === true);
  });
});
