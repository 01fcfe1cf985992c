import { Counter, type Registry } from 'prom-client';
import type { CacheNamespace } from 'spydra-sdk';
import { listenTo } from './listen-to.js';

const NAMESPACES: readonly CacheNamespace[] = ['assets', 'balances', 'transactions', 'holders'];
const EVENTS: readonly string[] = ['hit', 'miss', 'stale', 'coalesced', 'error'];

/** Counts hits and misses of the SDK's cache; returns a function that stops it. */
export function cacheMetrics(registry: Registry): () => void {
  const events = new Counter({
    name: 'spydra_cache_events_total',
    help: 'Reads of the cache by result.',
    labelNames: ['namespace', 'event'],
    registers: [registry],
  });
  for (const namespace of NAMESPACES) for (const event of EVENTS) events.inc({ namespace, event }, 0);

  return listenTo({
    'spydra-sdk:cache': ({ event, namespace }: { event: string; namespace?: CacheNamespace }) => {
      if (namespace !== undefined && EVENTS.includes(event)) events.inc({ namespace, event });
    },
  });
}
