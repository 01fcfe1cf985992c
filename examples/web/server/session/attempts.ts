/** Milliseconds. */
const WINDOW = 15 * 60_000;
/** Failed attempts within the window: of one name from one address, of one address, of one name. */
const LIMITS = { both: 5, address: 20, name: 50 };
/** The most counts that are kept; the oldest goes first. */
const MOST = 20_000;

/** Counts failed logins in this process. */
export class Attempts {
  readonly #failures = new Map<string, { count: number; readonly until: number }>();

  /** Returns the milliseconds until the next attempt is allowed; 0 if it is allowed now. */
  wait(name: string, address: string, now: number): number {
    const waits = keysOf(name, address).map(([key, limit]) => {
      const failed = this.#failures.get(key);
      return failed && failed.until > now && failed.count >= limit ? failed.until - now : 0;
    });
    return Math.max(...waits);
  }

  /** Counts before the password is checked, so that attempts in parallel are limited too. */
  begin(name: string, address: string, now: number): void {
    for (const [key] of keysOf(name, address)) {
      const failed = this.#failures.get(key);
      if (failed && failed.until > now) failed.count++;
      else this.#keep(key, now + WINDOW);
    }
  }

  /** The attempt counts no longer. Failures for other names from the address still do. */
  succeeded(name: string, address: string): void {
    const ofAddress = this.#failures.get(`address ${address}`);
    const ofBoth = this.#failures.get(`both ${address} ${name}`)?.count ?? 0;
    // The two windows may have begun at different times.
    if (ofAddress) ofAddress.count = Math.max(ofAddress.count - ofBoth, 0);
    this.#failures.delete(`both ${address} ${name}`);
    this.#failures.delete(`name ${name}`);
  }

  #keep(key: string, until: number): void {
    this.#failures.delete(key);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size >= MOST && oldest !== undefined) this.#failures.delete(oldest);
    this.#failures.set(key, { count: 1, until });
  }
}

function keysOf(name: string, address: string): [key: string, limit: number][] {
  return [
    [`both ${address} ${name}`, LIMITS.both],
    [`address ${address}`, LIMITS.address],
    [`name ${name}`, LIMITS.name],
  ];
}
