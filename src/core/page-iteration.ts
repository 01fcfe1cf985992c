import { PaginationError } from '../errors.js';
import type { Page } from './pages.js';

/** Which part of a list to read, and how. */
export interface IterationInput {
  /** Items per page. */
  readonly limit: number;
  /** Items to skip. */
  readonly offset: number;
  /** Where to begin, on a ledger that pages by cursor. */
  readonly cursor?: string | undefined;
  /** Stops after this number of items. */
  readonly maxItems: number;
  /** Reads until the server returns nothing, for lists of which no item may be missed. */
  readonly untilEmpty: boolean;
  /** New items are appended: the list is read up to its end at the start of the iteration. */
  readonly isAppended: boolean;
}

/** Reads a page; `cursor`: that of the page before. */
export type ReadPage<T> = (offset: number, limit: number, cursor?: string) => Promise<Page<T>>;

/** More pages than any ledger's list: beyond them the server never ends. */
const MAX_PAGES = 100_000;
/** How many pages in a row of a growing list may hold nothing new. */
const MAX_STALE = 5;
/** How many of the last ids are remembered to deduplicate items. */
const MEMORY = 10_000;

/**
 * All items from an offset on, page by page, each once. A page begins with the last item of the one before it: that
 * item's position shows how much the list has grown before it.
 *
 * @throws PaginationError where the list has lost items, or may have, or the server does not give what it names
 */
export async function* everyItem<T>(
  read: ReadPage<T>,
  id: (item: T) => string,
  input: IterationInput,
): AsyncGenerator<T, void, undefined> {
  const { limit, offset: start, maxItems, untilEmpty, isAppended } = input;
  const size = Math.min(limit, maxItems);
  const seen = new Set<string>();
  let offset = start;
  let given = 0;
  let first: Page<T> | undefined;
  /** The last page that followed the one before it, and the id of its last item. */
  let last: Page<T> | undefined;
  let lastId: string | undefined;
  let hasGrown: boolean | undefined;
  let stale = 0;
  for (let pages = 1; given < maxItems; pages++) {
    if (pages > MAX_PAGES) throw endless(offset, `goes on after ${MAX_PAGES} pages`);
    const page = await read(offset, last ? Math.max(size, 2) : size, input.cursor);
    if (page.cursor !== undefined) {
      yield* byCursor(read, page, input);
      return;
    }
    first ??= page;
    if (last?.hasMore && hasShrunk(page, last)) throw changed(page, last);

    const known = page.items.findIndex((item) => id(item) === lastId);
    if (last && known < 0) {
      if (page.items.length === 0 && end(last) === last.total && (await namesAll(read))) break;
      // Its position has moved by no more than the list has grown.
      if (page.items.length === 0 || end(page) >= end(last) + page.total - last.total) throw changed(page, last);
      offset = end(page);
      continue;
    }

    const before = given;
    const fresh = page.items.slice(known + 1).filter((item) => !seen.has(id(item)) && seen.add(id(item)));
    stale = fresh.length > 0 ? 0 : stale + 1;
    if (fresh.length === 0) {
      if (page.items.length <= (last ? 1 : 0)) break;
      // Beyond the end a server may return an earlier page again.
      if (last && !last.hasMore && (page.items.length < page.limit || (await namesAll(read)))) break;
      if (stale > MAX_STALE || isRepeated(page, last)) throw endless(page.offset, 'answers the same page again');
    }
    for (const item of fresh.slice(0, maxItems - given)) {
      given++;
      yield item;
    }
    // A full page may be followed by more, whatever total the server names.
    if (!untilEmpty && !page.hasMore && page.items.length < page.limit) break;
    // All initial items have been read, if that was the total.
    if (isAppended && start + before >= first.total) hasGrown ??= await namesMoreThan(end(page), read);
    if (hasGrown) break;
    for (const old of seen) {
      if (seen.size <= MEMORY) break;
      seen.delete(old);
    }
    last = page;
    lastId = id(page.items.at(-1) as T);
    offset = end(page) - 1;
  }
  if (first && given < maxItems && start + given < first.total) throw incomplete(first.total, start + given);
}

/**
 * A list of which each page names the next one.
 *
 * @throws PaginationError if a page names itself
 */
async function* byCursor<T>(
  read: ReadPage<T>,
  first: Page<T>,
  { limit, maxItems }: IterationInput,
): AsyncGenerator<T, void, undefined> {
  let given = 0;
  for (let page = first, pages = 1; ; pages++) {
    for (const item of page.items.slice(0, maxItems - given)) {
      given++;
      yield item;
    }
    const { cursor } = page;
    if (cursor == null || given >= maxItems) return;
    if (pages > MAX_PAGES) throw endless(given, `goes on after ${MAX_PAGES} pages`);
    page = await read(given, Math.min(limit, maxItems - given), cursor);
    if (page.cursor === cursor) throw endless(given, 'answers the same page again');
  }
}

/** The offset after a page. */
function end({ offset, items }: Page<unknown>): number {
  return offset + items.length;
}

/** Whether the list has lost items. A total below what is shown is not that of the list, and proves nothing. */
function hasShrunk(page: Page<unknown>, last: Page<unknown>): boolean {
  return page.total < last.total && page.total >= end(page);
}

/** True if the page repeats more items than were inserted since the last one. */
function isRepeated(page: Page<unknown>, last: Page<unknown> | undefined): boolean {
  return page.total - (last?.total ?? 0) < page.items.length - 1;
}

/** Whether the server's total is that of all items, and not of a page or of what was read so far. */
async function namesAll(read: ReadPage<unknown>): Promise<boolean> {
  const { items, total } = await read(0, 1);
  return items.length === 0 || total > items.length;
}

async function namesMoreThan(count: number, read: ReadPage<unknown>): Promise<boolean> {
  return (await read(0, 1)).total >= count;
}

const ADVICE = 'Read all of it before you change anything in it, or read it again.';

function changed(page: Page<unknown>, last: Page<unknown>): PaginationError {
  const what =
    page.total < last.total
      ? `The list shrank from ${last.total} items to ${page.total} while it was read`
      : `What stood before the offset ${end(last)} of the list is not there any more: items left it while it was read`;
  return new PaginationError(`${what}, so that some may have been missed. ${ADVICE}`, { retryable: true });
}

function incomplete(total: number, given: number): PaginationError {
  return new PaginationError(
    `The server named ${total} items and gave ${given} different ones. If the list shrank while it was read: ${ADVICE} If not, it is cut short: tell the server's operator.`,
  );
}

function endless(offset: number, what: string): PaginationError {
  return new PaginationError(`The server ${what} (offset ${offset}). Narrow the query, or stop with \`maxItems\`.`);
}
