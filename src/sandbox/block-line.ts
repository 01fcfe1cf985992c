// A namespace import: an older Node lacks `hash`, and must fail with the sandbox's own message.
import * as crypto from 'node:crypto';

/*
 * A line of the ledger file: `{"hash":"<64 hex digits>","block":<text>}`. The hash is SHA-256 over the text.
 */

const HASH_START = '{"hash":"'.length;
const HASH_END = HASH_START + 64;
/** The start of a line with any hash. */
const SAMPLE = lineStart('0'.repeat(64));
const LINE_START = /^\{"hash":"[0-9a-f]{64}","block":$/;
const CLOSING_BRACE = 0x7d;

export function sha256(data: string | Buffer): string {
  return crypto.hash('sha256', data);
}

export function toLine(blockHash: string, text: string): string {
  return `${lineStart(blockHash)}${text}}`;
}

/** The block's hash and text; undefined if the line is not whole, or was altered. */
export function readLine(line: Buffer): { readonly hash: string; readonly text: string } | undefined {
  const text = line.subarray(SAMPLE.length, -1);
  const blockHash = hashIn(line);
  const isWhole = startsAsLine(line) && line.length > SAMPLE.length && line.at(-1) === CLOSING_BRACE;
  return isWhole && sha256(text) === blockHash ? { hash: blockHash, text: text.toString() } : undefined;
}

/**
 * Whether bytes without a line feed may be a line that was not written to its end, and so was never acknowledged.
 *
 * A line that is JSON to its end is not, and neither is one that begins with a whole block: both were written to their
 * end, and something happened to them since.
 */
export function isTorn(bytes: Buffer): boolean {
  return startsAsLine(bytes) && !isJson(bytes) && !beginsWithBlock(bytes);
}

function startsAsLine(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, SAMPLE.length);
  return LINE_START.test(start + SAMPLE.slice(start.length));
}

/** The text may end before any closing brace, so each is tried. */
function beginsWithBlock(bytes: Buffer): boolean {
  const blockHash = hashIn(bytes);
  const running = crypto.createHash('sha256');
  let hashed = SAMPLE.length;
  for (let end = bytes.indexOf(CLOSING_BRACE, hashed); end >= 0; end = bytes.indexOf(CLOSING_BRACE, end + 1)) {
    running.update(bytes.subarray(hashed, end));
    hashed = end;
    if (running.copy().digest('hex') === blockHash) return true;
  }
  return false;
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

function hashIn(line: Buffer): string {
  return line.toString('latin1', HASH_START, HASH_END);
}

function lineStart(blockHash: string): string {
  return `{"hash":"${blockHash}","block":`;
}
