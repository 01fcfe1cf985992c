import type { BatchProgress } from 'spydra-sdk';

const WIDTH = 30;
/** Milliseconds between two updates. */
const PAUSE = 100;

/** Shows the progress of a batch on stderr: as a bar on a terminal, elsewhere as a line for each tenth. */
export class ProgressBar {
  readonly #started = Date.now();
  #drawnAt = 0;
  #tenths = 0;

  show(progress: BatchProgress): void {
    const { total, done, notApplied, unknown } = progress;
    const through = done + notApplied + unknown;
    if (process.stderr.isTTY) {
      if (through < total && Date.now() - this.#drawnAt < PAUSE) return;
      this.#drawnAt = Date.now();
      const filled = Math.floor((WIDTH * through) / total);
      this.#write(`${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${this.#text(progress, through)}`);
    } else {
      const tenths = Math.floor((10 * through) / total);
      if (tenths > this.#tenths) console.error(this.#text(progress, through));
      this.#tenths = tenths;
    }
  }

  /** Removes the bar. */
  clear(): void {
    if (process.stderr.isTTY) this.#write('');
  }

  #text({ total, done, notApplied, unknown }: BatchProgress, through: number): string {
    const rate = (through * 1000) / Math.max(1, Date.now() - this.#started);
    return `${done}/${total} done, ${rate.toFixed(1)}/s, ${notApplied} failed, ${unknown} unknown`;
  }

  /** Overwrites the line; cuts the text to the width of the terminal, since a wrapped line cannot be overwritten. */
  #write(text: string): void {
    process.stderr.write(`\r${text.slice(0, (process.stderr.columns || 80) - 1)}\u001B[K`);
  }
}
