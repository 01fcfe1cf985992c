'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import type { Failure } from '../lib/failure';
import { type StepState, unknownAfter } from '../lib/step-state';
import { ask, post } from './post';

/** What is shown of a write. `ready`: not sent. `sending`: sent, without a response yet. */
export type ShownState = StepState | { readonly state: 'ready' } | { readonly state: 'sending' };

export interface ShownStep {
  readonly name: string;
  readonly shown: ShownState;
}

/** Milliseconds between two looks at the ledger while a write is under way. */
const LOOK_EVERY = 800;
/** Looks for what was sent before the page was loaded. */
const FIRST_LOOKS = 8;
/** Looks after a response was lost and the ledger shows the write as accepted. */
const LOOKS = 60;

/** Sends the writes of an order one after the other, and shows what is known of each. */
export function useOrder(signed: string, initial: readonly ShownStep[], isOpen: boolean) {
  const router = useRouter();
  const [steps, setSteps] = useState(initial);
  const [isRunning, setRunning] = useState(false);
  const latest = useRef(initial);
  const runs = useRef(false);
  const path = `/api/orders/${signed}`;

  function show(name: string, shown: ShownState): void {
    latest.current = latest.current.map((step) => (step.name === name ? { name, shown } : step));
    setSteps(latest.current);
  }

  const look = async (name: string, assetId: string): Promise<StepState> => {
    const answer = await ask<StepState>(`${path}/state?${new URLSearchParams({ step: name, assetId })}`);
    return answer.failure ? { state: 'unknown', failure: answer.failure } : answer.value;
  };

  /** Shows that the ledger has accepted the write, until the signal ends it. */
  async function watch(name: string, assetId: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(LOOK_EVERY);
      const seen = signal.aborted ? undefined : await look(name, assetId);
      if (seen?.state === 'accepted' && !signal.aborted) show(name, seen);
    }
  }

  async function send(name: string, assetId: string, wasSent: boolean): Promise<StepState> {
    show(name, { state: 'sending' });
    const watching = new AbortController();
    void watch(name, assetId, watching.signal);
    const answer = await post<StepState>(`${path}/send`, { step: name, assetId, wasSent });
    watching.abort();
    return answer.failure ? withoutResult(answer.failure, wasSent) : answer.value;
  }

  /**
   * What the ledger shows, where the response does not say it; waits for the commit of what it has accepted. What this
   * request did not do, one of another window or device may have done.
   */
  async function settled(name: string, assetId: string, result: StepState): Promise<StepState> {
    if (!('failure' in result)) return result;
    for (let looks = 0; looks < LOOKS; looks++) {
      const seen = await look(name, assetId);
      if (seen.state === 'committed') return seen;
      if (seen.state !== 'accepted') return result;
      show(name, seen);
      await pause(LOOK_EVERY);
    }
    return unknownAfter(result.failure);
  }

  /** Runs one work at a time, in all windows of this browser: each then knows what became of the requests before. */
  async function alone(work: () => Promise<void>): Promise<void> {
    if (runs.current) return;
    runs.current = true;
    setRunning(true);
    await navigator.locks.request(path, work);
    runs.current = false;
    setRunning(false);
    router.refresh();
  }

  /** Sends what is not committed. */
  async function sendAll(): Promise<void> {
    const begun = await post<{ wasSent: boolean }>(`${path}/begin`);
    let assetId = '';
    for (const { name, shown } of latest.current) {
      if (shown.state !== 'committed') {
        const response = begun.failure ? unsent(shown, begun.failure) : await send(name, assetId, begun.value.wasSent);
        const result = await settled(name, assetId, response);
        show(name, result);
        if (result.state !== 'committed') return;
        assetId = result.assetId;
      } else assetId = shown.assetId;
    }
  }

  /** Looks for a while for a write that was sent before the page was loaded, and sends nothing. */
  async function find(name: string, assetId: string): Promise<void> {
    for (let looks = 0; looks < FIRST_LOOKS; looks++) {
      const seen = await look(name, assetId);
      if (seen.state === 'committed' || seen.state === 'accepted') {
        show(name, seen);
        // By now the order is known to be under way, and it was confirmed.
        return latest.current.every(({ shown }) => shown.state === 'committed') ? undefined : sendAll();
      }
      await pause(LOOK_EVERY);
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for what the page has found on the ledger.
  useEffect(() => {
    const index = initial.findIndex(({ shown }) => shown.state !== 'committed');
    const [before, current] = [initial[index - 1]?.shown, initial[index]];
    const assetId = before?.state === 'committed' ? before.assetId : '';
    const last = initial.at(-1);
    if (current?.shown.state === 'accepted') void alone(sendAll);
    else if (isOpen && current?.shown.state === 'unknown') void alone(() => find(current.name, assetId));
    // The end is known now, so the order is not open any more.
    else if (isOpen && last?.shown.state === 'committed') void look(last.name, last.shown.assetId);
  }, []);

  return { steps, isRunning, run: () => alone(sendAll) };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A request that this site refused sent nothing; without a response it may have, and an earlier one may have. */
function withoutResult(failure: Failure, wasSent: boolean): StepState {
  const isCertain = !wasSent && failure.status >= 400 && failure.status < 500;
  return { state: isCertain ? 'refused' : 'unknown', failure };
}

/** The order could not be begun: what was known before is known still. */
function unsent(shown: ShownState, failure: Failure): StepState {
  return { state: shown.state === 'ready' || shown.state === 'refused' ? 'refused' : 'unknown', failure };
}
