import { PaginationError } from '../errors.js';
import { everyItem, type IterationInput, type ReadPage } from './page-iteration.js';

/** How much of a list to read. */
export interface PageInput {
  /** Items per page, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** Items to skip. Default 0. A ledger that pages by cursor has none. */
  readonly offset?: number | undefined;
  /** The `cursor` of the page before, of a ledger that pages by cursor. */
  readonly cursor?: string | undefined;
  /** Stops an iteration after this number of items. */
  readonly maxItems?: number | undefined;
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** How many there are in all, according to the server. One that pages by cursor may know no more than those so far. */
  readonly total: number;
  /** Where the next page begins, if the ledger pages by cursor; null at the end. */
  readonly cursor?: string | null;
  readonly limit: number;
  readonly offset: number;
  /** Whether there are more after this page, if `total` is right. */
  readonly hasMore: boolean;
  /**
   * Reads the page after this one; undefined if there is none. A full page may be followed by more, whatever total the
   * server names. Each page shows the list as it is then: iterate a {@link PageList} to miss nothing.
   *
   * @example
   * ```ts
   * let page: Page<Asset> | undefined = await spydra.assets.list({ limit: 20 });
   * for (; page; page = await page.next()) console.log(page.offset, page.items.length);
   * ```
   */
  next(): Promise<Page<T> | undefined>;
}

const DEFAULT_LIMIT = 100;

interface PageRange {
  readonly limit: number;
  readonly offset: number;
  readonly cursor: string | undefined;
}

function withoutOffset(): PaginationError {
  return new PaginationError('This ledger pages by cursor and has no offset: pass the `cursor` of a page.');
}

/** A ledger that pages by offset is given no cursor, not even an undefined one, which it would send. */
function withoutUndefined({ cursor, ...range }: PageRange) {
  return cursor === undefined ? range : { ...range, cursor };
}

/** How a list is read within the SDK. */
interface ListInput extends PageInput, Partial<Pick<IterationInput, 'untilEmpty' | 'isAppended'>> {}

/** Reads one slice of a list: for itself, or as a part of the whole. */
export type ReadSlice<T> = (
  range: { readonly limit: number; readonly offset: number; readonly cursor?: string | undefined },
  isPart: boolean,
) => Promise<{ readonly items: readonly T[]; readonly total: number; readonly cursor?: string | null | undefined }>;

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
    const { offset = 0, cursor, limit = DEFAULT_LIMIT, maxItems = limit } = this.#input;
    return this.#page({ offset, cursor, limit: Math.min(limit, maxItems) }, false).then(onPage, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Page<T> | B> {
    return this.then(undefined, onError);
  }

  finally(onEnd?: (() => void) | null): Promise<Page<T>> {
    return this.then().finally(onEnd);
  }

  /**
   * All items from `offset` on, page by page, each once: every one that was there when the iteration began and has not
   * left the list since, if the server keeps their order.
   *
   * @throws PaginationError where the list shrank or lost its order, or is not whole
   */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const { offset = 0, limit = DEFAULT_LIMIT, maxItems = Number.POSITIVE_INFINITY } = this.#input;
    const { untilEmpty = false, isAppended = false, cursor } = this.#input;
    const read: ReadPage<T> = (from, size, after) => this.#page({ offset: from, limit: size, cursor: after }, true);
    return everyItem(read, this.#id, { offset, cursor, limit, maxItems, untilEmpty, isAppended });
  }

  async #page(range: PageRange, isPart: boolean): Promise<Page<T>> {
    const { limit, offset } = range;
    const { items, total, cursor } = await this.#read(withoutUndefined(range), isPart);
    const end = offset + items.length;
    const byOffset = { items, total, limit, offset, hasMore: items.length > 0 && end < total };
    const data = cursor === undefined ? byOffset : { ...byOffset, hasMore: cursor !== null, cursor };
    if (cursor !== undefined && offset > 0 && range.cursor === undefined) throw withoutOffset();
    // Not enumerable: a copy of the page and its JSON are data alone.
    return Object.defineProperty(data as Page<T>, 'next', {
      value: async () => {
        const isLast = cursor === undefined ? items.length < (data.hasMore ? 1 : limit) : cursor === null;
        const following = isLast ? undefined : await this.#following(end, cursor ?? undefined);
        return following?.items.length ? following : undefined;
      },
    });
  }

  /** The awaited page at an offset, unless that many items were wanted at most. */
  async #following(offset: number, cursor: string | undefined): Promise<Page<T> | undefined> {
    const { offset: start = 0, limit = DEFAULT_LIMIT, maxItems = Number.POSITIVE_INFINITY } = this.#input;
    const size = Math.min(limit, start + maxItems - offset);
    return size > 0 ? this.#page({ offset, cursor, limit: size }, false) : undefined;
  }
}
