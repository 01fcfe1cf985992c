'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState, useTransition } from 'react';

/** Milliseconds between an event and the reload of the page's data, so that a block makes one. */
const GATHER = 250;
/** Milliseconds between two reloads without events. */
const POLL = 5_000;

/**
 * Loads the page's data again when something happens on the ledger: by server-sent events, or else by polling. One reload at
 * a time: a reload that begins before the last one is shown replaces it, and with enough events none would ever be shown.
 */
export function Live() {
  const router = useRouter();
  const [isStale, setStale] = useState(false);
  const [isLoading, startLoading] = useTransition();

  useEffect(() => {
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let poll: ReturnType<typeof setInterval> | undefined;
    const soon = () => {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        if (document.visibilityState === 'visible') setStale(true);
      }, GATHER);
    };
    const events = new EventSource('/api/events');
    for (const type of ['transaction', 'reset']) events.addEventListener(type, soon);
    events.addEventListener('error', () => {
      // Otherwise the browser connects again by itself.
      if (events.readyState === EventSource.CLOSED) poll ??= setInterval(soon, POLL);
    });
    document.addEventListener('visibilitychange', soon);
    return () => {
      events.close();
      clearTimeout(gathering);
      clearInterval(poll);
      document.removeEventListener('visibilitychange', soon);
    };
  }, []);

  useEffect(() => {
    if (!isStale || isLoading) return;
    setStale(false);
    startLoading(() => router.refresh());
  }, [isStale, isLoading, router]);

  return null;
}
