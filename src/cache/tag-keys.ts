const VERSION = ':tag:version:';
const DOUBT = ':tag:doubt:';

/** Where a store keeps what it knows of tags, under a place that all share whose writes are to be heard of. */
export class TagKeys {
  readonly #place: string;

  constructor(place: string) {
    this.#place = place;
  }

  /** The tag's version: all that readers ask for. */
  version(tag: string): string {
    return this.#place + VERSION + tag;
  }

  /** Until when the tag is in doubt: what writers read, so that none gives a version that forgets another's doubt. */
  doubt(tag: string): string {
    return this.#place + DOUBT + tag;
  }
}

/** Whether others who share the store must be told that the key has changed. */
export function isTold(key: string): boolean {
  return key.includes(VERSION);
}

/** Whether a copy of what stands under the key is of no use: writers must see what others have written. */
export function isNeverCopied(key: string): boolean {
  return key.includes(DOUBT);
}
