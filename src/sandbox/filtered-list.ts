/**
 * The part of a growing list that meets some conditions. Each entry is examined once, however often the matches are
 * asked for, so paging through them costs no more than one pass.
 */
export class FilteredList<Entry> {
  readonly #source: readonly Entry[];
  readonly #conditions: readonly ((entry: Entry) => boolean)[];
  readonly #matches: Entry[] = [];
  #seen = 0;

  /** Entries may be added to the source, and never change in what the conditions look at. */
  constructor(source: readonly Entry[], conditions: readonly ((entry: Entry) => boolean)[]) {
    this.#source = source;
    this.#conditions = conditions;
  }

  get matches(): readonly Entry[] {
    for (const entry of this.#source.slice(this.#seen)) {
      if (this.#conditions.every((holds) => holds(entry))) this.#matches.push(entry);
    }
    this.#seen = this.#source.length;
    return this.#matches;
  }
}
