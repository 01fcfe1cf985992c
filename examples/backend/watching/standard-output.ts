import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** The size of the buffer in characters; further lines are dropped. */
const MOST_WAITING = 1_000_000;
/** Milliseconds between a failure and the next attempt. */
const PAUSE = 100;

/**
 * Standard output as the destination of a log. A full disk, or a reader that stopped or exited, blocks neither the
 * process nor its exit: lines are buffered, then dropped, and standard error names the reason once.
 */
export class StandardOutput implements DestinationStream {
  readonly #fd: number;
  readonly #report: (sentence: string) => void;
  /** The line that is being written, and the lines after it. */
  #current: Buffer = Buffer.alloc(0);
  #waiting = '';
  #isPausing = false;
  #hasReported = false;

  constructor(fd = 1, report: (sentence: string) => void = console.error) {
    this.#fd = fd;
    this.#report = report;
    // Node makes a pipe non-blocking when the stream is first used. A blocking write would prevent the exit.
    if (fd === 1) process.stdout;
    process.once('exit', () => this.#writeAll());
  }

  write(line: string): void {
    if (this.#isFullWith(line)) this.#writeAll();
    if (this.#isFullWith(line)) {
      this.#fail('its reader is too slow');
      return;
    }
    this.#waiting += line;
    if (!this.#isPausing) this.#writeAll();
  }

  #isFullWith(line: string): boolean {
    return this.#current.length + this.#waiting.length + line.length > MOST_WAITING;
  }

  /** Writes until the buffer is empty or the pipe is full. */
  #writeAll(): void {
    try {
      while (this.#current.length + this.#waiting.length > 0) {
        if (this.#current.length === 0) this.#take();
        this.#current = this.#current.subarray(writeSync(this.#fd, this.#current));
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The reader is slow.
      if (code !== 'EAGAIN') this.#fail(String(code));
      this.#pause();
    }
  }

  #take(): void {
    this.#current = Buffer.from(this.#waiting);
    this.#waiting = '';
  }

  #pause(): void {
    if (this.#isPausing) return;
    this.#isPausing = true;
    const again = () => {
      this.#isPausing = false;
      this.#writeAll();
    };
    setTimeout(again, PAUSE).unref();
  }

  #fail(reason: string): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    this.#report(`The log cannot be written (${reason}): the server continues, and lines are lost.`);
  }
}
