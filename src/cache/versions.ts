import { Passing } from '../passing.js';
import type { Logger } from '../telemetry/logger.js';
import { type BoundedStore, StoreFailure } from './bounded-store.js';
import { type Debt, Debts } from './debts.js';
import type { TagKeys } from './tag-keys.js';
import { newVersion, readDoubt, readVersion, type Version } from './version.js';

/** So often a version is written until it can be read back. */
const MOST_ATTEMPTS = 3;
/** Doubts end at whole seconds, so that those which begin together end together, and none has to outdo another. */
const WHOLE = 1_000;

/** A version on its way to the store, and the one after it. */
interface Change {
  readonly done: Promise<boolean>;
  next?: Promise<boolean>;
}

/** What a store holds of a tag. */
interface State {
  readonly version: Version | undefined;
  /** Epoch milliseconds; what stands beside the version. */
  readonly doubtedUntil: number;
}

type Known = State & { readonly version: Version };

const NOTHING: State = { version: undefined, doubtedUntil: 0 };

/**
 * The versions of tags, kept in the store beside the entries. Each is used once: an entry that was loaded under one
 * that is gone can never be valid again, whoever stored it and whenever. A version also says until when its tag is in
 * doubt, so that nobody sees the one without the other; who replaces it takes that over. It stands beside it as well,
 * where no version that comes late can lift it.
 */
export class Versions {
  readonly #store: BoundedStore;
  readonly #keys: TagKeys;
  /** Milliseconds; longer than any entry lives. */
  readonly #lifetime: number;
  readonly #establishing = new Map<string, Promise<Version | undefined>>();
  readonly #changes = new Map<string, Change>();
  /** Until when tags are in doubt, or were as long as an answer of then may live, whatever the store has forgotten. */
  readonly #doubts = new Passing<number>();
  readonly #debts: Debts;

  constructor(store: BoundedStore, keys: TagKeys, lifetime: number, logger: Logger) {
    this.#store = store;
    this.#keys = keys;
    this.#lifetime = lifetime;
    this.#debts = new Debts(store, (tag) => this.#changes.get(tag)?.done ?? this.#begin(tag), logger);
  }

  /** Whether the store does not have the version of one of these tags that it should have. */
  isOwed(tags: readonly string[]): boolean {
    return this.#debts.hides(tags);
  }

  /** Until when one of these tags is or was in doubt, as this client itself knows: what was loaded before may be old. */
  doubtedUntil(tags: readonly string[]): number {
    return this.#doubts.size > 0 ? Math.max(...tags.map((tag) => this.#doubts.get(tag) ?? 0)) : 0;
  }

  /**
   * Gives a tag a version where it has none, and answers the one it has then; undefined where the store does not keep
   * it. Whoever comes meanwhile waits for the same: what is loaded afterwards begins after all of them came.
   */
  establish(tag: string): Promise<Version | undefined> {
    const known = this.#establishing.get(tag) ?? this.#establish(tag);
    this.#establishing.set(tag, known);
    return known;
  }

  /** Gives tags new versions; for so many milliseconds they are in doubt, too. Never rejects. */
  async change(tags: readonly string[], inDoubt = 0): Promise<void> {
    const until = Math.ceil((Date.now() + inDoubt) / WHOLE) * WHOLE;
    const each = [...new Set(tags)].map((tag) => {
      const latest = Math.max(until, this.#doubts.get(tag) ?? 0);
      if (inDoubt > 0) this.#doubts.set(tag, latest, latest + this.#lifetime);
      // From now on: this client serves nothing of it until it is written.
      this.#owe(tag, { hides: true });
      return this.#change(tag);
    });
    if ((await Promise.all(each)).includes(false)) this.#debts.retrySoon();
  }

  /** Tries a last time to write what is not written, and then no more. */
  stop(): Promise<void> {
    return this.#debts.stop();
  }

  async #establish(tag: string): Promise<Version | undefined> {
    try {
      const before = await this.#state(tag);
      return before.version ? said(before) : await this.#give(tag, newVersion(this.#doubtOf(tag, before)));
    } catch {
      return undefined;
    } finally {
      this.#establishing.delete(tag);
    }
  }

  /** Gives a version to a tag that had none. Where it may have come over another one's doubt, that is mended. */
  async #give(tag: string, given: Version): Promise<Version | undefined> {
    const found = await this.#put(tag, given).catch((error: unknown) => {
      // One that was not answered may still arrive.
      if (!this.#store.isInMemory) this.#mend(tag);
      throw error;
    });
    const version = said(found);
    if (version) this.#store.kept();
    else this.#mend(tag);
    return version;
  }

  #mend(tag: string): void {
    if (!this.#debts.of(tag)) this.#owe(tag, { hides: false });
    void this.#change(tag).then((isPaid) => isPaid || this.#debts.retrySoon());
  }

  #owe(tag: string, debt: Debt): void {
    this.#debts.owe(tag, debt, Math.max(Date.now(), this.#doubts.get(tag) ?? 0) + this.#lifetime);
  }

  /** Many writes may end at once: who comes while a version is on its way waits for the next one, with all others. */
  #change(tag: string): Promise<boolean> {
    const change = this.#changes.get(tag);
    if (!change) return this.#begin(tag);
    change.next ??= change.done.then(() => this.#begin(tag));
    return change.next;
  }

  #begin(tag: string): Promise<boolean> {
    const change: Change = { done: this.#pay(tag) };
    this.#changes.set(tag, change);
    return change.done.finally(() => {
      if (this.#changes.get(tag) === change && !change.next) this.#changes.delete(tag);
    });
  }

  /** Writes what is owed of a tag; false where the store fails. */
  async #pay(tag: string): Promise<boolean> {
    const debt = this.#debts.of(tag);
    if (!debt) return true;
    try {
      await this.#replace(tag);
      this.#debts.paid(tag, debt);
      return true;
    } catch {
      return false;
    }
  }

  /** A new version for each attempt: one that is written twice could bring back what another one has ended meanwhile. */
  async #replace(tag: string): Promise<void> {
    const begun = performance.now();
    let before = await this.#state(tag);
    let isKept = false;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const until = this.#doubtOf(tag, before);
      // Before the version: whoever replaces that finds it here.
      if (isLater(until, before.doubtedUntil)) {
        await this.#store.write(this.#keys.doubt(tag), String(until), until - Date.now());
      }
      const given = newVersion(until);
      const found = await this.#put(tag, given);
      const isOurs = found.version.text === given.text;
      // Another one was faster, and sees to what came before its own. The first time, what was there before may have come
      // from a copy.
      const isOthers = attempt > 1 && found.version.text !== before.version?.text;
      const says = isOurs ? Math.min(found.doubtedUntil, found.version.doubtedUntil) : found.version.doubtedUntil;
      const known = isOurs ? this.#doubtOf(tag, found) : until;
      isKept ||= isOurs || isOthers;
      if ((isOurs || isOthers) && !isLater(known, says)) return this.#store.kept();
      before = found;
    }
    throw isKept ? new StoreFailure('Others doubt the same.') : this.#store.lost('Another version stays.', begun);
  }

  /** Writes a version, and answers what is there then: Keyv says that it has kept what Redis has not. */
  async #put(tag: string, { text }: Version): Promise<Known> {
    const begun = performance.now();
    const isKept = await this.#store.write(this.#keys.version(tag), text, this.#lifetime);
    const { version, doubtedUntil } = isKept ? await this.#state(tag) : NOTHING;
    if (!version) throw this.#store.lost('The store has not kept a version.', begun);
    return { version, doubtedUntil };
  }

  /** What the store knows of a tag now. */
  async #state(tag: string): Promise<State> {
    const [version, doubt] = await this.#store.read([this.#keys.version(tag), this.#keys.doubt(tag)]);
    return { version: readVersion(version), doubtedUntil: readDoubt(doubt) };
  }

  /** Until when a tag is in doubt, as far as anybody knows. */
  #doubtOf(tag: string, { version, doubtedUntil }: State): number {
    return Math.max(doubtedUntil, version?.doubtedUntil ?? 0, this.#doubts.get(tag) ?? 0);
  }
}

/** A version that says all that is known of doubts: else its writer, or whoever else has seen that, is about to mend it. */
function said({ version, doubtedUntil }: State): Version | undefined {
  return version && version.doubtedUntil >= doubtedUntil ? version : undefined;
}

/** Whether something ends later, and has not ended. */
function isLater(until: number, than: number): boolean {
  return until > than && until > Date.now();
}
