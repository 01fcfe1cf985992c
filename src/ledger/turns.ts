import { whenAborted } from '../abort.js';

/** Gives a turn back. */
export type Leave = () => void;

/** How a turn is taken: alone, or side by side with others who do not mind. */
export type Manner = 'alone' | 'side-by-side';

/** Lets those who use the same name take turns, in the order in which they came. */
export class Turns {
  readonly #rooms = new Map<string, Room>();

  /** Resolves when it is the caller's turn, or rejects with the signal's reason. */
  async enter(name: string, signal: AbortSignal, manner: Manner = 'alone'): Promise<Leave> {
    const room = this.#rooms.get(name) ?? new Room();
    this.#rooms.set(name, room);
    try {
      await room.enter(manner, signal);
    } catch (error) {
      this.#close(name, room);
      throw error;
    }
    return () => {
      room.leave();
      this.#close(name, room);
    };
  }

  #close(name: string, room: Room): void {
    if (room.isEmpty && this.#rooms.get(name) === room) this.#rooms.delete(name);
  }
}

interface Visitor {
  readonly manner: Manner;
  admit(): void;
}

/** One alone or many side by side are in; the others wait in a queue. */
class Room {
  #inside = 0;
  #manner: Manner = 'side-by-side';
  readonly #queue: Visitor[] = [];

  get isEmpty(): boolean {
    return this.#inside === 0 && this.#queue.length === 0;
  }

  enter(manner: Manner, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = () => {
        forget();
        resolve();
      };
      const visitor = { manner, admit };
      this.#queue.push(visitor);
      const forget = whenAborted(signal, () => {
        const place = this.#queue.indexOf(visitor);
        if (place >= 0) this.#queue.splice(place, 1);
        reject(signal.reason);
        this.#admit();
      });
      this.#admit();
    });
  }

  leave(): void {
    this.#inside--;
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#queue[0]; next !== undefined && this.#isOpenTo(next); next = this.#queue[0]) {
      this.#queue.shift();
      this.#inside++;
      this.#manner = next.manner;
      next.admit();
    }
  }

  #isOpenTo({ manner }: Visitor): boolean {
    return this.#inside === 0 || (manner === 'side-by-side' && this.#manner === 'side-by-side');
  }
}
