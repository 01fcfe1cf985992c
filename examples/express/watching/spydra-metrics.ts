import { Counter, Histogram, type Registry } from 'prom-client';
import type { RequestEvent, RetryEvent, WriteEvent } from 'spydra-sdk';
import { listenTo } from './listen-to.js';

/** Seconds. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const COMMIT_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 45, 60];

const TYPES = ['create', 'update', 'mint', 'burn', 'transfer', 'metadata'];
const OUTCOMES = ['committed', 'accepted', 'not-applied', 'unknown'];

/** Measures what the SDK does in this process, as it tells on its channels; returns what ends that. */
export function spydraMetrics(registry: Registry): () => void {
  const registers = [registry];
  const requests = new Counter({
    name: 'spydra_requests_total',
    help: 'Requests to Spydra, each attempt, by HTTP status or by what went wrong.',
    labelNames: ['request', 'status'],
    registers,
  });
  const requestDuration = new Histogram({
    name: 'spydra_request_duration_seconds',
    help: 'How long an attempt took, its whole answer included.',
    labelNames: ['request'],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const retries = new Counter({
    name: 'spydra_retries_total',
    help: 'Requests to Spydra that were sent again.',
    labelNames: ['request'],
    registers,
  });
  const writes = new Counter({
    name: 'spydra_writes_total',
    help: 'Writes that ended, by outcome.',
    labelNames: ['type', 'outcome'],
    registers,
  });
  const commitDuration = new Histogram({
    name: 'spydra_commit_duration_seconds',
    help: 'Time from a submission until its commit was seen.',
    labelNames: ['type'],
    buckets: COMMIT_BUCKETS,
    registers,
  });
  // What first appears with a 1 has not risen, for Prometheus: the first unknown outcome must not go unseen.
  for (const type of TYPES) for (const outcome of OUTCOMES) writes.inc({ type, outcome }, 0);

  return listenTo({
    'spydra-sdk:request': ({ request, status, code, ms }: RequestEvent) => {
      requests.inc({ request, status: statusOf(status, code) });
      requestDuration.observe({ request }, ms / 1_000);
    },
    'spydra-sdk:retry': ({ request }: RetryEvent) => retries.inc({ request }),
    'spydra-sdk:write': ({ type, outcome, commitMs }: WriteEvent) => {
      writes.inc({ type, outcome });
      if (commitMs !== undefined) commitDuration.observe({ type }, commitMs / 1_000);
    },
  });
}

/** Codes of the SDK alone: those of a server may be any text. */
function statusOf(status: number | undefined, code: string | undefined): string {
  return status === undefined || code === 'INVALID_RESPONSE' ? String(code) : String(status);
}
