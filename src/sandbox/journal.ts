import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readBlock, type SealedBlock, UnknownFormat } from './block.js';
import { isTorn } from './block-line.js';
import { readLines } from './file-lines.js';
import { type FileLock, lockFile } from './file-lock.js';
import { messageOf } from './thrown.js';
import { writeTornFile } from './torn-file.js';

/** Identifies a file and its state. */
interface FileState {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/**
 * The ledger file: one block a line, appended and never changed.
 *
 * When {@link Journal.append} returns, the block is on the disk. A line that a crash left incomplete was never
 * acknowledged; the next start moves it to a separate file.
 */
export class Journal {
  /** The absolute path as given: the next start opens it. */
  readonly #name: string;
  /** Without symbolic links. */
  readonly #path: string;
  readonly #file: number;
  readonly #lock: FileLock;
  readonly #warn: (message: string) => void;
  /** The file after this journal's last write. */
  #state: FileState;
  #closed = false;

  /**
   * Opens or creates the file, and locks it.
   *
   * @throws Error if the file cannot be opened or is in use.
   */
  constructor(path: string, warn: (message: string) => void) {
    this.#warn = warn;
    this.#name = resolve(path);
    this.#file = openSync(this.#name, 'a+');
    try {
      if (!fstatSync(this.#file).isFile()) throw new Error(`The ledger file ${this.#name} is not a regular file.`);
      this.#path = realpathSync(this.#name);
      this.#lock = lockFile(this.#file, this.#path, warn);
      this.#state = fstatSync(this.#file, { bigint: true });
      syncDirectory(dirname(this.#path));
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /**
   * The blocks of the file in order, each checked against the one before it.
   *
   * @throws Error if the file is damaged, or was written by another version. It is left as it is, and closed.
   */
  *replay(): Generator<SealedBlock> {
    let previous: SealedBlock | undefined;
    let isRead = false;
    try {
      for (const { bytes, start, terminated } of readLines(this.#file)) {
        const line = terminated ? bytes : withoutZerosAtEnd(bytes);
        if (!terminated && (line.length === 0 ? start > 0 : isTorn(line))) {
          this.#moveEnd(start, bytes);
          break;
        }
        const block = this.#read(line, start, previous);
        if (!terminated) this.#terminate(start + line.length, bytes.subarray(line.length));
        yield block;
        previous = block;
      }
      this.refuseIfChanged();
      isRead = true;
    } finally {
      if (!isRead) this.close();
    }
  }

  /** Appends a line and waits until the disk has it. @throws Error if any of that fails. */
  append(line: string): void {
    this.refuseIfChanged();
    this.#write(`${line}\n`);
    this.refuseIfChanged();
  }

  /** @throws Error if the path names another file by now, or another program changed the file. */
  refuseIfChanged(): void {
    const found = statSync(this.#name, { bigint: true, throwIfNoEntry: false });
    const { dev, ino, size, mtimeNs } = this.#state;
    const isSame = found?.dev === dev && found.ino === ino && found.size === size && found.mtimeNs === mtimeNs;
    if (isSame) return;
    throw new Error(`The ledger file ${this.#name} was moved, replaced or changed by another program`);
  }

  /** Closes the file, which unlocks it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
    this.#lock.release();
  }

  #read(line: Buffer, start: number, previous: SealedBlock | undefined): SealedBlock {
    try {
      return readBlock(line, previous);
    } catch (error) {
      const what =
        error instanceof UnknownFormat
          ? `was written by another version of the sandbox, which keeps other rows. Open it with that version`
          : `is damaged at byte ${start} (${messageOf(error)}). Restore it`;
      throw new Error(`The ledger file ${this.#path} ${what}, or name another file.`);
    }
  }

  /** A complete last line is kept; a crash only left out its line feed. */
  #terminate(end: number, zeros: Buffer): void {
    if (zeros.length > 0) this.#moveEnd(end, zeros);
    this.#write('\n');
    this.#warn(`The last line of ${this.#path} was whole but for its line feed, which is added.`);
  }

  #moveEnd(start: number, bytes: Buffer): void {
    const to = this.#named(() => {
      const name = writeTornFile(this.#path, fstatSync(this.#file).mode, bytes);
      syncDirectory(dirname(this.#path));
      ftruncateSync(this.#file, start);
      fsyncSync(this.#file);
      return name;
    });
    this.#state = fstatSync(this.#file, { bigint: true });
    this.#warn(
      `The last line of ${this.#path} was not written to its end; its ${bytes.length} bytes were moved to ${to}.`,
    );
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    this.#named(() => {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
      fdatasyncSync(this.#file);
    });
    const { dev, ino, mtimeNs } = fstatSync(this.#file, { bigint: true });
    this.#state = { dev, ino, mtimeNs, size: this.#state.size + BigInt(bytes.length) };
  }

  /** Adds the file's name to errors of the file system, which lack it for open files. */
  #named<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new Error(`The ledger file ${this.#path} cannot be written: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** A file system may extend a file for a write, and lose the write in a crash. */
function withoutZerosAtEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

/** A new file survives a power failure only once its directory is synced too. Windows has no such call. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
