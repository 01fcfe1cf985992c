import type { BoundedStore } from './bounded-store.js';

/** Stands in the keys of versions, and in no others. */
const VERSION = ':version:';
/** A UUID; before it, where nobody knows whether the tag is about to change, until when: epoch milliseconds. */
const SHAPE = /^(?:\?(\d{1,15})\.)?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
/** So often a version is written until it can be read back. */
const MOST_ATTEMPTS = 3;
/** Milliseconds between attempts to write what could not be written. */
const RETRY_AFTER = 500;

/** A clearing that could not be written. Times are epoch milliseconds. */
interface Owed {
  /** Nothing that it should have cleared lives longer. */
  readonly until: number;
  readonly inDoubtUntil: number;
}

/** A version on its way, and the one after it. */
interface Payment {
  readonly done: Promise<void>;
  next?: Promise<void>;
}

/**
 * The versions of tags, kept in the store beside the entries. Each is an id that is used once: an entry that was loaded
 * under one that is gone can never be valid again, whoever stored it and whenever.
 */
export class Versions {
  readonly #store: BoundedStore;
  readonly #prefix: string;
  /** Milliseconds; longer than any entry lives. */
  readonly #lifetime: number;
  readonly #establishing = new Map<string, Promise<string | undefined>>();
  readonly #owed = new Map<string, Owed>();
  readonly #payments = new Map<string, Payment>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: BoundedStore, prefix: string, lifetime: number) {
    this.#store = store;
    this.#prefix = prefix;
    this.#lifetime = lifetime;
  }

  keyOf(tag: string): string {
    return this.#prefix + VERSION + tag;
  }

  /** Whether the version of one of these tags is not the one that it should be. */
  owes(tags: readonly string[]): boolean {
    if (this.#owed.size === 0) return false;
    // Another client of this cache may have been closed, and have stopped it.
    this.#payLater();
    return tags.some((tag) => (this.#owed.get(tag)?.until ?? 0) > Date.now());
  }

  /**
   * Gives a tag a version where it has none, and answers the one it has then; undefined where the store does not keep
   * it. Whoever comes meanwhile waits for the same: what is loaded afterwards begins after all of them came.
   */
  async establish(tag: string): Promise<string | undefined> {
    const known = this.#establishing.get(tag) ?? this.#establish(tag);
    this.#establishing.set(tag, known);
    return known;
  }

  /** Gives tags new versions. In doubt for so many milliseconds, what has one of them is neither kept nor served. */
  async change(tags: readonly string[], inDoubt = 0): Promise<void> {
    await Promise.all([...new Set(tags)].map((tag) => this.#change(tag, inDoubt)));
  }

  /** Tries a last time to write what is owed, and then no more until somebody asks for it. */
  async stop(): Promise<void> {
    if (this.#owed.size > 0) await this.#store.tryAgain();
    await this.#payBack();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #establish(tag: string): Promise<string | undefined> {
    try {
      // What is written under way may say that the tag is in doubt.
      await this.#payments.get(tag)?.done;
      return (await this.#get(tag)) ?? (await this.#put(tag)).version;
    } catch {
      return undefined;
    } finally {
      this.#establishing.delete(tag);
    }
  }

  /** Many writes may end at once: who comes while a version is on its way waits for the next one, with all others. */
  #change(tag: string, inDoubt: number): Promise<void> {
    const now = Date.now();
    const { inDoubtUntil = 0 } = this.#owed.get(tag) ?? {};
    // Owed from now on: this client serves nothing of it until it is written.
    this.#owed.set(tag, { until: now + this.#lifetime, inDoubtUntil: Math.max(inDoubtUntil, now + inDoubt) });
    const payment = this.#payments.get(tag);
    if (!payment) return this.#begin(tag);
    payment.next ??= payment.done.then(() => this.#begin(tag));
    return payment.next;
  }

  #begin(tag: string): Promise<void> {
    const payment: Payment = { done: this.#pay(tag) };
    this.#payments.set(tag, payment);
    return payment.done.finally(() => {
      if (this.#payments.get(tag) === payment && !payment.next) this.#payments.delete(tag);
    });
  }

  /** Writes the version that is owed. */
  async #pay(tag: string): Promise<void> {
    const owed = this.#owed.get(tag);
    if (!owed) return;
    try {
      await this.#establishing.get(tag);
      let before = await this.#get(tag);
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        // Of two writes one may be over and the other still in doubt, also one of another client.
        const found = await this.#put(tag, Math.max(owed.inDoubtUntil, doubtOf(before)));
        // Another one may have been faster: what it replaced is gone as well.
        const isGone =
          found.isOurs || (before !== undefined && found.version !== undefined && found.version !== before);
        if (!isGone) {
          before = found.version;
          continue;
        }
        if (this.#owed.get(tag) === owed) this.#owed.delete(tag);
        return;
      }
    } catch {
      // It stays owed.
    }
    this.#payLater();
  }

  async #get(tag: string): Promise<string | undefined> {
    const [found] = await this.#store.read([this.keyOf(tag)]);
    return asVersion(found);
  }

  /**
   * Writes a new version, and reads what is there then. A new id each time: one that is written twice could bring back
   * what another one has cleared meanwhile.
   */
  async #put(tag: string, inDoubtUntil = 0): Promise<{ version: string | undefined; isOurs: boolean }> {
    const inDoubt = inDoubtUntil - Date.now();
    const id = crypto.randomUUID();
    const version = inDoubt > 0 ? `?${Math.ceil(inDoubtUntil)}.${id}` : id;
    await this.#store.write(this.keyOf(tag), version, inDoubt > 0 ? inDoubt : this.#lifetime);
    const found = await this.#get(tag);
    // Some stores say that they have kept what they have not: Keyv does, on an error of Redis.
    if (found === undefined) this.#store.distrust();
    return { version: found, isOurs: found === version };
  }

  #payLater(): void {
    if (this.#timer !== undefined || this.#owed.size === 0) return;
    this.#timer = setTimeout(async () => {
      await this.#payBack();
      this.#timer = undefined;
      this.#payLater();
    }, RETRY_AFTER);
    // A program that is done does not wait for it.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #payBack(): Promise<void> {
    const now = Date.now();
    await Promise.all(
      [...this.#owed].map(([tag, { until }]) => {
        if (until > now) return this.#payments.get(tag)?.done ?? this.#begin(tag);
        return this.#owed.delete(tag);
      }),
    );
  }
}

export function isVersionKey(key: string): boolean {
  return key.includes(VERSION);
}

/** The version that a text is, if it is one: a store may give anything. */
export function asVersion(text: string | undefined): string | undefined {
  return text !== undefined && SHAPE.test(text) ? text : undefined;
}

export function isInDoubt(version: string): boolean {
  return doubtOf(version) > 0;
}

/** Until when a version is in doubt, in epoch milliseconds; 0: it is not. */
function doubtOf(version: string | undefined): number {
  return Number(SHAPE.exec(version ?? '')?.[1] ?? 0);
}
