import { ExpiringMap } from '../core/expiring-map.js';
import { RetryQueue } from '../core/retry-queue.js';
import type { Logger } from '../telemetry/logger.js';
import { earliest, type Moment } from './clocks.js';
import { type Entry, VERSION } from './entry.js';
import type { GuardedStore } from './guarded-store.js';
import { UNCERTAIN_KEY, VERSION_KEY } from './store.js';

/** How often a version is written until it can be read back. */
const MAX_ATTEMPTS = 3;
/** Uncertainties end at whole seconds, so that those which begin together seldom have to extend each other. */
const SECOND = 1_000;

/** Of a version without the end of an uncertainty. */
const ID_LENGTH = 36;
const TIME = /^\d{1,16}$/;

/** The text under a key of the store. */
export type Get = (key: string) => string | undefined;

/** A tag, and the keys under which the store has its version, and until when it is uncertain. */
export interface Tag {
  readonly name: string;
  readonly version: string;
  readonly end: string;
}

/** Until when a write of this client's may still be applied, in epoch milliseconds. */
interface Uncertainty {
  /** As the store holds it: by the later one of the clocks. */
  readonly until: number;
  /** By the steady clock: no other clock decides on what this client knows itself. */
  readonly steadyUntil: number;
  /** Under this version, the store holds no uncertainty of another client. */
  version: string | undefined;
}

/** What the store holds of a tag. */
interface State {
  readonly version: string | undefined;
  /** Epoch milliseconds until which the tag is uncertain, or 0: as stated by the version, and by a key of its own. */
  readonly versionUntil: number;
  readonly keyUntil: number;
}

/**
 * The versions of tags, and until when writes to them may still be applied, kept in the store beside the entries. A
 * version is an id that is used once: an entry that was loaded under another one is never valid again, in whatever order
 * they come to the store. The end of an uncertainty is kept under a key of its own and in the version, and the later one
 * counts: a text that reaches the store late may replace one of them, and a store may forget one.
 */
export class Versions {
  readonly #store: GuardedStore;
  readonly #prefix: string;
  readonly #lifetime: number;
  readonly #establishing = new Map<string, Promise<string | undefined>>();
  /** Tags whose invalidation the store does not have yet, as long as an entry may live that it concerns. */
  readonly #pending: RetryQueue;
  /** Remembered as long as an entry from before the end may live, whatever the store forgets. */
  readonly #uncertain = new ExpiringMap<Uncertainty>();

  /**
   * @param prefix - of the keys under which the store keeps them
   * @param lifetime - milliseconds; longer than any entry lives
   */
  constructor(store: GuardedStore, prefix: string, lifetime: number, logger: Logger | undefined) {
    this.#store = store;
    this.#prefix = prefix;
    this.#lifetime = lifetime;
    this.#pending = new RetryQueue({
      attempt: (name) => this.#write(this.tag(name)),
      isPaused: () => store.circuit.isOpen,
      // Others may be served what is invalid, or not any more.
      onChange: (isStuck, pending) =>
        isStuck
          ? logger?.warn({ pending }, 'spydra: the cache store does not take invalidations')
          : logger?.info({}, 'spydra: the cache store has taken all invalidations'),
    });
  }

  tag(name: string): Tag {
    return { name, version: this.#prefix + VERSION_KEY + name, end: this.#prefix + UNCERTAIN_KEY + name };
  }

  /** Whether the store lacks an invalidation of one of these tags: what it holds of it does not count. */
  isPending(tags: readonly Tag[]): boolean {
    return tags.some(({ name }) => this.#pending.has(name));
  }

  /** Whether an entry has the current versions of these tags, and was loaded while no write to them was uncertain. */
  isValid({ versions, loadedAt }: Entry, tags: readonly Tag[], get: Get, now: Moment): boolean {
    const isCurrent = ({ version }: Tag, index: number) => get(version) === versions[index];
    if (versions.length !== tags.length || !tags.every(isCurrent)) return false;
    // Now, too: the clock of the process that loaded it may be ahead.
    return this.areCertain(tags, get, loadedAt, now);
  }

  /** Whether at these moments no write to these tags may have been uncertain. */
  areCertain(tags: readonly Tag[], get: Get, ...moments: readonly Moment[]): boolean {
    return tags.every((tag) => {
      const own = this.#uncertain.get(tag.name);
      // Of nearly all tags the store has a version alone.
      if (!own && !get(tag.end) && get(tag.version)?.length === ID_LENGTH) return true;
      const state = stateOf(tag, get);
      const until = isOnlyOwn(state, own) ? 0 : endOf(state);
      return moments.every((moment) => moment.steady >= (own?.steadyUntil ?? 0) && earliest(moment) >= until);
    });
  }

  /** The tags' versions, given to those that have none; undefined where the store does not keep one. */
  async establish(tags: readonly Tag[], get: Get): Promise<readonly string[] | undefined> {
    const each = tags.map((tag) => {
      const state = stateOf(tag, get);
      return this.#establishing.get(tag.name) ?? state.version ?? this.#establish(tag, endOf(state));
    });
    const versions = await Promise.all(each);
    return versions.every((version) => version !== undefined) ? versions : undefined;
  }

  /**
   * Gives tags new versions. Never rejects: what the store does not take is retried.
   *
   * @param uncertainFor - milliseconds for which a write to them may still be applied
   */
  async invalidate(names: readonly string[], uncertainFor = 0): Promise<void> {
    const each = [...new Set(names)].map((name) => {
      if (uncertainFor > 0) this.#addUncertainty(name, uncertainFor);
      const left = (this.#uncertain.get(name)?.steadyUntil ?? 0) - this.#store.clocks.now.steady;
      return this.#pending.add(name, Math.max(0, left) + this.#lifetime);
    });
    await Promise.all(each);
  }

  /** Tries a last time to write what is pending. */
  async stop(): Promise<void> {
    const { circuit } = this.#store;
    if (this.#pending.size > 0 && circuit.isOpen) await circuit.probe();
    await this.#pending.stop();
  }

  /** What ends later counts. */
  #addUncertainty(name: string, ms: number): void {
    const known = this.#uncertain.get(name);
    const { steady, system } = this.#store.clocks.now;
    const until = Math.max(known?.until ?? 0, wholeSecond(Math.max(steady, system) + ms));
    const steadyUntil = Math.max(known?.steadyUntil ?? 0, wholeSecond(steady + ms));
    const uncertainty = { until, steadyUntil, version: known?.version };
    this.#uncertain.set(name, uncertainty, steadyUntil - steady + this.#lifetime);
  }

  /** Meanwhile all reads of the tag wait for it. */
  #establish(tag: Tag, until: number): Promise<string | undefined> {
    const version = this.#renew(tag, newVersion(until)).then((found) => {
      this.#establishing.delete(tag.name);
      return found?.version;
    });
    this.#establishing.set(tag.name, version);
    return version;
  }

  /** Whether the store then has a version of the tag that is new, and until when the tag is uncertain. */
  async #write(tag: Tag): Promise<boolean> {
    let before = await this.#read(tag);
    for (let attempt = 1; before && attempt <= MAX_ATTEMPTS; attempt++) {
      const until = this.#latestEnd(tag, before);
      // Before the version: a client that replaces that finds it here. Not at first: what was read may be copies of a local
      // tier, which the version replaces, and would shorten what another client has written since.
      if (attempt > 1 && until > before.keyUntil && !(await this.#writeEnd(tag, until))) return false;
      const version = newVersion(until);
      const found = await this.#renew(tag, version);
      if (!found) return false;
      const own = this.#uncertain.get(tag.name);
      if (own && (isOnlyOwn(before, own) || endOf(before) <= this.#now)) own.version = version;
      // Another client's version does as well, if it came after one that was there at the attempt before. Where there was
      // none, the store may have lost what it was given, and show an old one again.
      const isOthers = attempt > 1 && before.version !== undefined && found.version !== before.version;
      const isNew = found.version === version || (isOthers && found.version !== undefined);
      // In both places, so that one late text does not shorten it.
      if (isNew && this.#latestEnd(tag, found) <= Math.min(found.keyUntil, found.versionUntil)) return true;
      before = found;
    }
    return false;
  }

  /** Until when the tag is uncertain by all that is known; 0 where no entry lives that it concerns. */
  #latestEnd({ name }: Tag, state: State): number {
    const own = this.#uncertain.get(name);
    const ownUntil = own && own.steadyUntil > this.#store.clocks.now.steady ? own.until : 0;
    const until = Math.max(ownUntil, endOf(state));
    return until + this.#lifetime > this.#now ? until : 0;
  }

  get #now(): number {
    return earliest(this.#store.clocks.now);
  }

  #writeEnd({ end }: Tag, until: number): Promise<boolean> {
    return this.#store.write(end, String(until), until - this.#now + this.#lifetime);
  }

  /** Writes a version, and returns what the store holds then; undefined where it fails. */
  async #renew(tag: Tag, version: string): Promise<State | undefined> {
    return (await this.#store.write(tag.version, version, this.#lifetime)) ? this.#read(tag) : undefined;
  }

  /** What the store holds; undefined where it fails. */
  async #read(tag: Tag): Promise<State | undefined> {
    const texts = await this.#store.read([tag.version, tag.end]);
    return texts && stateOf(tag, (key) => texts[key === tag.version ? 0 : 1]);
  }
}

function stateOf(tag: Tag, get: Get): State {
  const [version, until = 0] = VERSION.exec(get(tag.version) ?? '') ?? [];
  const [keyUntil = 0] = TIME.exec(get(tag.end) ?? '') ?? [];
  return { version, versionUntil: Number(until), keyUntil: Number(keyUntil) };
}

/** Never one that was written before: it could bring back what was replaced meanwhile. */
function newVersion(until: number): string {
  return until > 0 ? `${crypto.randomUUID()}@${until}` : crypto.randomUUID();
}

function endOf({ versionUntil, keyUntil }: State): number {
  return Math.max(versionUntil, keyUntil);
}

/** Whether no other client has written since this client's own uncertainty was all that the store held. */
function isOnlyOwn(state: State, own: Uncertainty | undefined): boolean {
  return own?.version !== undefined && state.version === own.version && state.keyUntil <= state.versionUntil;
}

function wholeSecond(time: number): number {
  return Math.ceil(time / SECOND) * SECOND;
}
