import type { CacheStore, InvalidationChannel } from 'spydra-sdk';
import type { Steps } from './steps.js';

/** A remote store, such as Redis: requests and responses take time; it may fail, hang and evict. */
export class RemoteStore {
  readonly #entries = new Map<string, { readonly value: string; readonly until: number }>();
  readonly #steps: Steps;
  readonly #listeners: ((message: string) => void)[] = [];
  /** What it does with the next requests. */
  mood: 'well' | 'failing' | 'hanging' | 'rubbish' | 'lying' = 'well';
  /** How many requests it did not execute. */
  failures = 0;
  isChannelDown = false;
  /** Whether it has evicted anything before its time. */
  hasForgotten = false;

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  forget(pick: number): void {
    this.hasForgotten = true;
    const keys = [...this.#entries.keys()];
    if (keys.length > 0) this.#entries.delete(keys[pick % keys.length] as string);
  }

  /** A connection to it. */
  connect(): CacheStore {
    return {
      get: (key) => this.#ask(() => this.#get(key), 42),
      getMany: async (keys) => {
        const values = await this.#ask(() => keys.map((key) => this.#get(key)), ['rubbish']);
        return Array.isArray(values) ? values : [];
      },
      set: (key, value, ttl) => this.#ask(() => void this.#entries.set(key, { value, until: Date.now() + ttl }), true),
      delete: (key) => this.#ask(() => this.#entries.delete(key), true),
    };
  }

  /** A connection without a command for several keys: their values are of different times. */
  connectAlone(): CacheStore {
    const { getMany: _, ...store } = this.connect();
    return store;
  }

  channel(): InvalidationChannel {
    return {
      publish: async (message) => {
        for (const listener of this.#listeners) {
          await this.#steps.step();
          if (!this.isChannelDown) listener(message);
        }
      },
      subscribe: (listener) => this.#listeners.push(listener),
    };
  }

  #get(key: string): string | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.until > Date.now() ? entry.value : undefined;
  }

  async #ask<T>(work: () => T, rubbish: unknown): Promise<unknown> {
    const { mood } = this;
    await this.#steps.step();
    if (mood !== 'well') this.failures++;
    if (mood === 'failing') throw new Error('connection lost');
    if (mood === 'hanging') return new Promise(() => {});
    // Reports success, and does nothing.
    if (mood === 'lying') return rubbish === true ? true : undefined;
    const answer = work();
    await this.#steps.step();
    return mood === 'rubbish' ? rubbish : answer;
  }
}
