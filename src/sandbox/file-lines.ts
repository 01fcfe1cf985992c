import { readSync } from 'node:fs';

/** A line of a file. */
export interface FileLine {
  /** Without the line feed. */
  readonly bytes: Buffer;
  /** Where in the file the line begins, in bytes. */
  readonly start: number;
  /** False for a last line without a line feed. */
  readonly terminated: boolean;
}

const LINE_FEED = 10;
const CHUNK_BYTES = 1 << 20;

/** Reads an open file line by line, so that a file may be larger than a buffer can be. */
export function* readLines(file: number): Generator<FileLine> {
  let pieces: Buffer[] = [];
  let start = 0;
  for (const chunk of readChunks(file)) {
    let from = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, from)) {
      const bytes = join(pieces, chunk.subarray(from, feed));
      yield { bytes, start, terminated: true };
      pieces = [];
      start += bytes.length + 1;
      from = feed + 1;
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
  const rest = Buffer.concat(pieces);
  if (rest.length > 0) yield { bytes: rest, start, terminated: false };
}

function join(pieces: readonly Buffer[], last: Buffer): Buffer {
  return pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
}

function* readChunks(file: number): Generator<Buffer> {
  let position = 0;
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const length = readSync(file, chunk, 0, CHUNK_BYTES, position);
    if (length === 0) return;
    position += length;
    yield chunk.subarray(0, length);
  }
}
