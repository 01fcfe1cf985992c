import { type JsonObject, parseRow } from './json.js';
import type { Key } from './keys.js';
import { Overlay } from './overlay.js';
import { type StateIterator, type Stub, toText } from './stub.js';

/** Rows of one page. The peer reads them in smaller portions. */
const PAGE_SIZE = 10_000;

/** Reads the committed state for a function that writes nothing. */
export class Reader {
  readonly #stub: Stub;
  readonly #state: Overlay;

  constructor(stub: Stub) {
    this.#stub = stub;
    this.#state = new Overlay(stub);
  }

  async get(key: Key): Promise<JsonObject | undefined> {
    const row = await this.#state.get(key);
    return row && withoutType(row);
  }

  /** All rows below a key, in the order of their keys. By pages: a peer ends a plain range at its `totalQueryLimit`. */
  async *below([objectType, ...attributes]: Key): AsyncGenerator<JsonObject> {
    let bookmark = '';
    do {
      const { iterator, metadata } = await this.#stub.getStateByPartialCompositeKeyWithPagination(
        objectType,
        attributes,
        PAGE_SIZE,
        bookmark,
      );
      yield* rowsOf(iterator);
      bookmark = metadata?.bookmark ?? '';
    } while (bookmark !== '');
  }

  async all(key: Key): Promise<JsonObject[]> {
    const rows: JsonObject[] = [];
    for await (const row of this.below(key)) rows.push(row);
    return rows;
  }
}

async function* rowsOf(iterator: StateIterator): AsyncGenerator<JsonObject> {
  try {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      const text = toText(next.value.value);
      if (text !== undefined) yield withoutType(parseRow(text) as JsonObject);
    }
  } finally {
    await iterator.close();
  }
}

function withoutType({ docType: _, ...fields }: JsonObject): JsonObject {
  return fields;
}
