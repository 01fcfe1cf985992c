import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../cluster/ports.js';
import { StandardOutput } from '../../watching/standard-output.js';
import { exitCode, serve } from '../helpers/served.js';

const NOTICE =
  /^The log cannot be written \((\w+|its reader is too slow)\): the server continues, and lines are lost\.\n$/;
const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** A named pipe, opened for each of these flags. */
function pipe<const F extends readonly number[]>(...flags: F): { [I in keyof F]: number } {
  const directory = mkdtempSync(join(tmpdir(), 'spydra-log-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'pipe');
  execFileSync('mkfifo', [path]);
  return flags.map((flag) => openSync(path, flag)) as { [I in keyof F]: number };
}

/** Writes until nothing more goes in. */
function fill(fd: number): void {
  expect(() => {
    for (;;) writeSync(fd, `${'x'.repeat(1_023)}\n`);
  }).toThrow('EAGAIN');
}

/** A full disk, for every write that is ever made. */
const fullDisk = () => openSync('/dev/full', O_WRONLY);

function frozenReader(): number {
  const [end] = pipe(O_RDWR | O_NONBLOCK);
  fill(end);
  return end;
}

/** As a shell makes a pipe: what is written to it waits for its reader. */
function frozenReaderOfBlockingPipe(): number {
  const [keeper, end] = pipe(O_RDWR | O_NONBLOCK, O_WRONLY);
  fill(keeper);
  onTestFinished(() => closeSync(keeper));
  return end;
}

function readerThatWent(): number {
  const [reader, end] = pipe(O_RDONLY | O_NONBLOCK, O_WRONLY);
  closeSync(reader);
  return end;
}

describe('a server whose log cannot be written', () => {
  it.each([
    ['the disk is full', fullDisk, NOTICE],
    ['the reader of the pipe went away', readerThatWent, NOTICE],
    ['the reader of the pipe stopped reading', frozenReader, /^$/],
    ['the reader of a blocking pipe stopped reading', frozenReaderOfBlockingPipe, /^$/],
  ])('still serves requests, and exits on SIGTERM: %s', async (_case, open, notice) => {
    const [port = 0] = await freePorts(1);
    const fd = open();
    const { child, output } = serve({ PORT: String(port), LOG_LEVEL: 'debug' }, fd);
    closeSync(fd);
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).then(({ status }) => status);
    const isLive = () => get('/livez').catch(() => undefined);
    await expect.poll(isLive).toBe(200);

    for (let count = 0; count < 50; count++) expect(await get('/api/spydra/assets/unknown-id')).toBe(404);
    child.kill('SIGTERM');
    expect(await exitCode(child)).toBe(0);
    expect(output.err).toMatch(notice);
  });
});

describe('a log on standard output', () => {
  const LINE = `${'y'.repeat(999)}\n`;

  it('drops lines for a reader that stopped, reports it once, and continues with whole lines', async () => {
    const [end] = pipe(O_RDWR | O_NONBLOCK);
    onTestFinished(() => closeSync(end));
    fill(end);
    const reports: string[] = [];
    const log = new StandardOutput(end, (sentence) => void reports.push(`${sentence}\n`));
    for (let count = 0; count < 2_000; count++) log.write(LINE);
    expect(reports).toEqual([expect.stringMatching(NOTICE)]);

    let taken = '';
    const take = () => {
      const bytes = Buffer.alloc(65_536);
      try {
        taken += bytes.toString('latin1', 0, readSync(end, bytes));
      } catch {
        // Nothing is there yet.
      }
      return taken.replaceAll('x', '').trim().split(/\n+/);
    };
    await expect.poll(() => take().length, { interval: 1 }).toBe(1_000);
    log.write('and on\n');
    await expect.poll(() => take().at(-1)).toBe('and on');
    expect(new Set(take().slice(0, -1))).toEqual(new Set([LINE.trim()]));
  });

  it('loses no line of a burst while the event loop is blocked, if its reader keeps up', () => {
    const [end] = pipe(O_RDWR | O_NONBLOCK);
    onTestFinished(() => closeSync(end));
    const reports: string[] = [];
    const log = new StandardOutput(end, (sentence) => void reports.push(sentence));
    const bytes = Buffer.alloc(65_536);
    let taken = '';
    const take = () => {
      const length = readSync(end, bytes);
      taken += bytes.toString('latin1', 0, length);
    };
    const lines = Array.from({ length: 5_000 }, (_, index) => `${index} ${LINE}`);
    for (const [index, line] of lines.entries()) {
      log.write(line);
      if (index % 20 === 19) take();
    }
    // What still waits goes in when there is space and the next line comes.
    expect(reports).toEqual([]);
    expect(lines.join('').startsWith(taken)).toBe(true);
    expect(taken.length).toBeGreaterThan(2_000_000);
  });
});
