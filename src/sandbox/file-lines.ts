import { readSync } from 'node:fs';

/** A line of a file. */
export interface FileLine {
  /** Without the line feed. */
  readonly text: string;
  /** Where in the file the line begins, in bytes. */
  readonly start: number;
  /** Where the next line begins, in bytes. */
  readonly end: number;
  /** False for a last line without a line feed. */
  readonly terminated: boolean;
}

const LINE_FEED = 10;
const CHUNK_BYTES = 1 << 20;

/** Reads an open file line by line, so that a file may be larger than a string can be. */
export function* readLines(file: number): Generator<FileLine> {
  let pieces: Buffer[] = [];
  let start = 0;
  for (const chunk of readChunks(file)) {
    let from = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, from)) {
      const bytes = Buffer.concat([...pieces, chunk.subarray(from, feed)]);
      const end = start + bytes.length + 1;
      yield { text: bytes.toString(), start, end, terminated: true };
      pieces = [];
      start = end;
      from = feed + 1;
    }
    pieces.push(chunk.subarray(from));
  }
  const rest = Buffer.concat(pieces);
  if (rest.length > 0) yield { text: rest.toString(), start, end: start + rest.length, terminated: false };
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
