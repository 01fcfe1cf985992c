import { PaginationError } from './errors.js';

/** How much of a list to read. */
export interface PageInput {
  /** Items per page, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** Items to skip. Default 0. */
  readonly offset?: number | undefined;
  /** Stops an iteration after so many items. */
  readonly maxItems?: number | undefined;
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** How many there are in all, as the server says. */
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
  readonly hasMore: boolean;
}

/** How a list is read within the SDK. */
interface ListInput extends PageInput {
  /** Goes on until the server gives nothing, for lists from which no item may be missed. */
  readonly untilEmpty?: boolean;
}

/** Reads one slice of a list: for itself, or as a part of the whole. */
export type ReadSlice<T> = (
  range: { readonly limit: number; readonly offset: number },
  isPart: boolean,
) => Promise<{ readonly items: readonly T[]; readonly total: number }>;

/** More pages than any ledger's list; a server that goes on beyond them never ends. */
const MOST_PAGES = 100_000;
/** A growing list may show so many pages in a row that hold nothing new. */
const MOST_STALE = 5;
/** So many of the last ids are remembered, to give no item twice when a growing list shifts. */
const MEMORY = 10_000;

/**
 * A list on the server: `await` it for one page, or iterate it for all items. Nothing is sent before that, and each
 * `await` sends again. Returned from an `async` function it is awaited, and so becomes a page.
 *
 * @example
 * ```ts
 * const page = await spydra.assets.list({ limit: 20 });
 * for await (const asset of spydra.assets.list({ maxItems: 500 })) console.log(asset.name);
 * ```
 */
export class PageList<T> implements PromiseLike<Page<T>>, AsyncIterable<T> {
  readonly #read: ReadSlice<T>;
  readonly #id: (item: T) => string;
  readonly #input: ListInput;

  constructor(read: ReadSlice<T>, id: (item: T) => string, input: ListInput) {
    this.#read = read;
    this.#id = id;
    this.#input = input;
  }

  /** Reads the page at `offset`. */
  then<A = Page<T>, B = never>(
    onPage?: ((page: Page<T>) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#page(this.#input.offset ?? 0, false).then(onPage, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Page<T> | B> {
    return this.then(undefined, onError);
  }

  finally(onEnd?: (() => void) | null): Promise<Page<T>> {
    return this.then().finally(onEnd);
  }

  /** All items from `offset` on, page by page; items that a growing list shows twice come once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const { maxItems = Number.POSITIVE_INFINITY, untilEmpty = false } = this.#input;
    const seen = new Set<string>();
    let offset = this.#input.offset ?? 0;
    let given = 0;
    let last: Page<T> | undefined;
    let stale = 0;
    for (let pages = 1; given < maxItems; pages++) {
      const page = await this.#page(offset, true);
      const fresh = page.items.filter((item) => !seen.has(this.#id(item)));
      // Asked for more than there is, a server may show what it showed before.
      if (last && !last.hasMore && fresh.length === 0) return;
      stale = fresh.length > 0 ? 0 : stale + 1;
      if (isRepeated(page, fresh, last) || stale > MOST_STALE || pages > MOST_PAGES) throw endless(page, pages);
      if (isCutShort(page)) throw cutShort(page);
      for (const item of fresh.slice(0, maxItems - given)) {
        given++;
        yield item;
      }
      // A full page may be followed by more, whatever total the server names.
      if (page.items.length === 0 || (!untilEmpty && !page.hasMore && page.items.length < page.limit)) return;
      remember(seen, fresh.map(this.#id));
      last = page;
      offset += page.items.length;
    }
  }

  async #page(offset: number, isPart: boolean): Promise<Page<T>> {
    const { limit = 100, maxItems = limit } = this.#input;
    const size = Math.min(limit, maxItems);
    const { items, total } = await this.#read({ limit: size, offset }, isPart);
    return { items, total, limit: size, offset, hasMore: items.length > 0 && offset + items.length < total };
  }
}

/** A list that grew shows as many items again as it grew by; one that shows more of them again stands still. */
function isRepeated<T>(page: Page<T>, fresh: readonly T[], last: Page<T> | undefined): boolean {
  const shown = page.items.length;
  return last !== undefined && shown > 0 && fresh.length === 0 && page.total - last.total < shown;
}

function isCutShort({ items, offset, total }: Page<unknown>): boolean {
  return items.length === 0 && offset < total;
}

function remember(seen: Set<string>, ids: readonly string[]): void {
  for (const id of ids) seen.add(id);
  for (const id of seen) {
    if (seen.size <= MEMORY) return;
    seen.delete(id);
  }
}

function endless({ offset }: Page<unknown>, pages: number): PaginationError {
  const what = pages > MOST_PAGES ? `goes on after ${MOST_PAGES} pages` : 'answers the same page again';
  return new PaginationError(`The server ${what} (offset ${offset}). Narrow the query, or stop with \`maxItems\`.`);
}

function cutShort({ offset, total }: Page<unknown>): PaginationError {
  return new PaginationError(
    `The server names ${total} items and gives none from the offset ${offset} on: the list is not whole. Tell its operator.`,
  );
}
