'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';

/** Milliseconds between an event and the reload of the page's data, so that a block makes one. */
const DEBOUNCE = 250;
/** Milliseconds between two reloads without events. */
const POLL = 5_000;

/** Loads the page's data again when something happens on the ledger: by server-sent events, or else by polling. */
export function Live() {
  const router = useRouter();
  useEffect(() => {
    let reload: ReturnType<typeof setTimeout> | undefined;
    let poll: ReturnType<typeof setInterval> | undefined;
    const refresh = () => {
      if (document.visibilityState === 'visible') router.refresh();
    };
    const soon = () => {
      clearTimeout(reload);
      reload = setTimeout(refresh, DEBOUNCE);
    };
    const events = new EventSource('/api/events');
    for (const type of ['transaction', 'reset']) events.addEventListener(type, soon);
    events.addEventListener('error', () => {
      // Otherwise the browser connects again by itself.
      if (events.readyState === EventSource.CLOSED) poll ??= setInterval(refresh, POLL);
    });
    document.addEventListener('visibilitychange', soon);
    return () => {
      events.close();
      clearTimeout(reload);
      clearInterval(poll);
      document.removeEventListener('visibilitychange', soon);
    };
  }, [router]);
  return null;
}
