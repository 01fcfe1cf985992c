const VERSION = ':tag:version:';
const DOUBT = ':tag:doubt:';

/** Where a store keeps what it knows of tags, under a place that all share whose writes are to be heard of. */
export class TagKeys {
  readonly #place: string;

  constructor(place: string) {
    this.#place = place;
  }

  /** The tag's version. */
  version(tag: string): string {
    return this.#place + VERSION + tag;
  }

  /** Until when the tag is in doubt; as a rule nothing stands there. */
  doubt(tag: string): string {
    return this.#place + DOUBT + tag;
  }
}

/** Whether others who share the store must be told that the key has changed. */
export function isTold(key: string): boolean {
  return key.includes(VERSION);
}

/** Where the doubt stands whose version stands under a key; else the key itself. */
export function doubtBeside(key: string): string {
  return key.replace(VERSION, DOUBT);
}

/** Whether nothing stands under the key as a rule. */
export function isDoubtKey(key: string): boolean {
  return key.includes(DOUBT);
}
