'use client';

import { useRef, useState } from 'react';
import type { Row } from '../lib/csv';
import type { StepState } from '../lib/step-state';
import { post } from './post';

/** What is known of a line. */
export type LineState = StepState | { readonly state: 'sending' };

interface Fixed {
  readonly reference: string;
  readonly assetId: string;
  readonly fromWallet: string;
}

/** Lines that are sent at the same time: they share a block. */
const PARALLEL = 4;
/** Seconds to wait if a response does not say how long. */
const DEFAULT_WAIT = 5;

/** Sends the lines of a distribution that are not known to be done. */
export function useDistribution(fixed: Fixed) {
  const [states, setStates] = useState<ReadonlyMap<number, LineState>>(new Map());
  const [isRunning, setRunning] = useState(false);
  const [wait, setWait] = useState(0);
  const runs = useRef(false);
  const latest = useRef(new Map<number, LineState>());

  function show(line: number, state: LineState): void {
    latest.current = new Map(latest.current).set(line, state);
    setStates(latest.current);
  }

  async function send(row: Row, occurrence: number): Promise<void> {
    const { line, wallet: toWallet, amount } = row;
    const before = latest.current.get(line);
    show(line, { state: 'sending' });
    for (;;) {
      const answer = await post<StepState>('/api/distribution', { ...fixed, toWallet, amount, occurrence });
      const result: StepState = answer.failure
        ? {
            state: answer.failure.status >= 400 && answer.failure.status < 500 ? 'refused' : 'unknown',
            failure: answer.failure,
          }
        : answer.value;
      if (!('failure' in result) || result.failure.status !== 429) {
        // After a lost response, only the ledger's own refusal says that nothing was applied.
        const isLost = before?.state === 'unknown' && result.state === 'refused' && result.failure.status !== 409;
        return show(line, isLost ? before : result);
      }
      await pause(result.failure.retryAfter ?? DEFAULT_WAIT);
    }
  }

  /** Shows the wait meanwhile. */
  async function pause(seconds: number): Promise<void> {
    setWait(seconds);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    setWait(0);
  }

  async function run(rows: readonly Row[]): Promise<void> {
    if (runs.current) return;
    runs.current = true;
    setRunning(true);
    const missing = numbered(rows).filter(({ row }) => latest.current.get(row.line)?.state !== 'committed');
    await Promise.all(
      Array.from({ length: PARALLEL }, async () => {
        for (let next = missing.shift(); next; next = missing.shift()) await send(next.row, next.occurrence);
      }),
    );
    runs.current = false;
    setRunning(false);
  }

  return { states, isRunning, wait, run };
}

/** Each row with how often its wallet came before. */
function numbered(rows: readonly Row[]) {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const occurrence = seen.get(row.wallet) ?? 0;
    seen.set(row.wallet, occurrence + 1);
    return { row, occurrence };
  });
}
