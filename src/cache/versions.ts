import { Passing } from '../passing.js';
import { type BoundedStore, StoreFailure } from './bounded-store.js';

/** So often a version is written until it can be read back. */
const MOST_ATTEMPTS = 3;
/** Milliseconds between attempts to write what could not be written. */
const RETRY_AFTER = 500;

const VERSION = ':tag:version:';
const DOUBT = ':tag:doubt:';
/** What stands under a key of doubt, for as long as that lasts. */
const DOUBTED = 'doubted';
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A version on its way to the store, and the one after it. */
interface Change {
  readonly done: Promise<void>;
  next?: Promise<void>;
}

/**
 * The versions of tags, kept in the store beside the entries. Each is an id that is used once: an entry that was loaded
 * under one that is gone can never be valid again, whoever stored it and whenever. Beside it stands, for a time,
 * whether nobody knows if the tag is about to change: no later version ends that.
 */
export class Versions {
  readonly #store: BoundedStore;
  readonly #place: string;
  /** Milliseconds; longer than any entry lives. */
  readonly #lifetime: number;
  readonly #establishing = new Map<string, Promise<string | undefined>>();
  readonly #changes = new Map<string, Change>();
  /** Tags whose new version the store does not have yet. */
  readonly #unwritten = new Map<string, { readonly isDoubt: boolean }>();
  /** Until when tags are in doubt, whatever the store has forgotten. */
  readonly #doubts = new Passing<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  /** @param place - what keys begin with, for all whose writes are to be heard of */
  constructor(store: BoundedStore, place: string, lifetime: number) {
    this.#store = store;
    this.#place = place;
    this.#lifetime = lifetime;
  }

  versionKey(tag: string): string {
    return this.#place + VERSION + tag;
  }

  doubtKey(tag: string): string {
    return this.#place + DOUBT + tag;
  }

  /** Whether the store does not have the version of one of these tags that it should have. */
  isOwed(tags: readonly string[]): boolean {
    if (this.#unwritten.size === 0) return false;
    // Another client of this cache may have been closed, and have stopped it.
    this.#isStopped = false;
    this.#retryLater();
    return tags.some((tag) => this.#unwritten.has(tag));
  }

  /** Whether this client knows that one of these tags is in doubt. */
  isDoubted(tags: readonly string[]): boolean {
    return tags.some((tag) => this.#doubts.get(tag) !== undefined);
  }

  /**
   * Gives a tag a version where it has none, and answers the one it has then; undefined where the store does not keep
   * it, or the tag has come into doubt meanwhile. Whoever comes meanwhile waits for the same: what is loaded afterwards begins after all of them came.
   */
  establish(tag: string): Promise<string | undefined> {
    const known = this.#establishing.get(tag) ?? this.#establish(tag);
    this.#establishing.set(tag, known);
    return known;
  }

  /** Gives tags new versions; for so many milliseconds they are in doubt, too. Never rejects. */
  async change(tags: readonly string[], inDoubt = 0): Promise<void> {
    this.#isStopped = false;
    const until = Date.now() + inDoubt;
    const each = [...new Set(tags)].map((tag) => {
      const latest = Math.max(until, this.#doubts.get(tag) ?? 0);
      if (inDoubt > 0) this.#doubts.set(tag, latest, latest);
      // From now on: this client serves nothing of it until it is written.
      this.#unwritten.set(tag, { isDoubt: inDoubt > 0 || (this.#unwritten.get(tag)?.isDoubt ?? false) });
      return this.#change(tag);
    });
    await Promise.all(each);
  }

  /** Tries a last time to write what is not written, and then no more until somebody asks. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unwritten.size > 0) await this.#store.tryAgain();
    await this.#retry();
  }

  async #establish(tag: string): Promise<string | undefined> {
    try {
      const known = await this.#certain(tag);
      if (known !== undefined) return known;
      await this.#put(this.versionKey(tag), crypto.randomUUID(), this.#lifetime);
      return await this.#certain(tag);
    } catch {
      return undefined;
    } finally {
      this.#establishing.delete(tag);
    }
  }

  /** Many writes may end at once: who comes while a version is on its way waits for the next one, with all others. */
  #change(tag: string): Promise<void> {
    const change = this.#changes.get(tag);
    if (!change) return this.#begin(tag);
    change.next ??= change.done.then(() => this.#begin(tag));
    return change.next;
  }

  #begin(tag: string): Promise<void> {
    const change: Change = { done: this.#write(tag) };
    this.#changes.set(tag, change);
    return change.done.finally(() => {
      if (this.#changes.get(tag) === change && !change.next) this.#changes.delete(tag);
    });
  }

  async #write(tag: string): Promise<void> {
    const unwritten = this.#unwritten.get(tag);
    if (!unwritten) return;
    try {
      const until = this.#doubts.get(tag);
      // Once for each doubt: written again, it could shorten another client's.
      if (unwritten.isDoubt && until !== undefined) await this.#put(this.doubtKey(tag), DOUBTED, until - Date.now());
      await this.#replace(this.versionKey(tag));
      if (this.#unwritten.get(tag) === unwritten) this.#unwritten.delete(tag);
    } catch {
      this.#retryLater();
    }
  }

  /** A new id for each attempt: one that is written twice could bring back what another one has cleared meanwhile. */
  async #replace(key: string): Promise<void> {
    let before: string | undefined;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const id = crypto.randomUUID();
      const found = asVersion(await this.#put(key, id, this.#lifetime));
      if (found === id) return;
      // Another one was faster: what it replaced is gone as well.
      if (before !== undefined && found !== undefined && found !== before) return;
      before = found;
    }
    throw new StoreFailure('The store keeps another version.');
  }

  /** The tag's version, if it has one and is not in doubt. */
  async #certain(tag: string): Promise<string | undefined> {
    const [version, doubt] = await this.#store.read([this.versionKey(tag), this.doubtKey(tag)]);
    return doubt === undefined ? asVersion(version) : undefined;
  }

  /** Writes, and answers what is there then: Keyv says that it has kept what Redis has not. */
  async #put(key: string, value: string, ttl: number): Promise<string> {
    const isKept = await this.#store.write(key, value, ttl);
    const [found] = isKept ? await this.#store.read([key]) : [];
    if (found !== undefined) return found;
    this.#store.distrust();
    throw new StoreFailure('The store has not kept it.');
  }

  #retryLater(): void {
    if (this.#isStopped || this.#timer !== undefined || this.#unwritten.size === 0) return;
    this.#timer = setTimeout(async () => {
      await this.#retry();
      this.#timer = undefined;
      this.#retryLater();
    }, RETRY_AFTER);
    // A program that is done does not wait for it.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #retry(): Promise<void> {
    const each = [...this.#unwritten.keys()].map((tag) => this.#changes.get(tag)?.done ?? this.#begin(tag));
    await Promise.all(each);
  }
}

/** Whether others who share the store must be told that the key has changed. */
export function isTold(key: string): boolean {
  return key.includes(VERSION) || isDoubtKey(key);
}

/** Whether nothing stands under the key as a rule. */
export function isDoubtKey(key: string): boolean {
  return key.includes(DOUBT);
}

/** The version that a text is, if it is one: a store may give anything. */
export function asVersion(text: string | undefined): string | undefined {
  return text !== undefined && UUID.test(text) ? text : undefined;
}
