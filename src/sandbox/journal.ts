import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { LINE_START, readBlock, type SealedBlock } from './block.js';
import type { ContractName } from './contracts.js';
import { type FileLine, readLines } from './file-lines.js';
import { LockFile } from './lock-file.js';

/**
 * The ledger file: one block a line, appended and never changed.
 *
 * A block that {@link Journal.append} returned for is on the disk. A line that a crash cut short was never
 * acknowledged to anybody, and is dropped at the next start.
 */
export class Journal {
  readonly #contract: ContractName;
  readonly #path: string;
  readonly #file: number;
  readonly #lock: LockFile;
  readonly #warn: (message: string) => void;
  #closed = false;

  /**
   * Opens or creates the file, and locks it.
   *
   * @throws Error if the file cannot be opened or is in use.
   */
  constructor(path: string, contract: ContractName, warn: (message: string) => void) {
    this.#contract = contract;
    this.#warn = warn;
    this.#file = openSync(path, 'a+');
    try {
      this.#path = realpathSync(path);
      this.#lock = new LockFile(this.#path);
      syncDirectory(dirname(this.#path));
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /**
   * The blocks of the file in order, each checked against the one before it.
   *
   * @throws Error if the file is damaged elsewhere than at its very end, or written under another contract. It is left
   *   as it is, and closed.
   */
  *replay(): Generator<SealedBlock> {
    const { size } = fstatSync(this.#file);
    let previous: SealedBlock | undefined;
    for (const line of readLines(this.#file)) {
      const block = this.#read(line, previous, line.end === size);
      if (block === undefined) return;
      this.#refuseForeign(block);
      yield block;
      previous = block;
    }
  }

  /** Appends a line and waits until the disk has it. @throws Error if any of that fails. */
  append(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    fdatasyncSync(this.#file);
  }

  /** Unlocks and closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
    this.#lock.release();
  }

  #read(line: FileLine, previous: SealedBlock | undefined, isLast: boolean): SealedBlock | undefined {
    try {
      if (line.terminated) return readBlock(line.text, previous);
      throw new SyntaxError('its end is missing');
    } catch (error) {
      if (isLast && error instanceof SyntaxError && looksLikeLedger(line)) return this.#drop(line);
      this.close();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `The ledger file ${this.#path} is damaged at byte ${line.start} (${reason}). Restore it, or name another file.`,
      );
    }
  }

  #refuseForeign({ contract }: SealedBlock): void {
    if (contract === this.#contract) return;
    this.close();
    throw new Error(
      `The ledger file ${this.#path} was written under the contract ${contract}, not ${this.#contract}. Choose that one, or name another file.`,
    );
  }

  #drop({ start, end }: FileLine): undefined {
    ftruncateSync(this.#file, start);
    fsyncSync(this.#file);
    this.#warn(`The last line of ${this.#path} was not written to its end; its ${end - start} bytes are dropped.`);
  }
}

/** The first line tells a ledger from some other file, which must not be cut down because it was named by mistake. */
function looksLikeLedger({ text, start }: FileLine): boolean {
  return start > 0 || text.startsWith(LINE_START.slice(0, text.length));
}

/** A new file survives a power failure only once its directory was written too. Windows knows no such call. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  fsyncSync(directory);
  closeSync(directory);
}
