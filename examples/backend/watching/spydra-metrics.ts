import { Counter, Histogram, type Registry } from 'prom-client';
import type { ErrorCode, RequestEvent, RetryEvent, WriteEvent } from 'spydra-sdk';
import { listenTo } from './listen-to.js';

/** Seconds. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const COMMIT_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 45, 60];

const TYPES = ['create', 'update', 'mint', 'burn', 'transfer', 'metadata'];
const OUTCOMES = ['committed', 'accepted', 'not-applied', 'unknown'];

/** Measures the SDK by the events of its diagnostics channels; returns a function that stops it. */
export function spydraMetrics(registry: Registry): () => void {
  const registers = [registry];
  const requests = new Counter({
    name: 'spydra_requests_total',
    help: 'Attempts of requests to Spydra by HTTP status or error code.',
    labelNames: ['request', 'status'],
    registers,
  });
  const requestDuration = new Histogram({
    name: 'spydra_request_duration_seconds',
    help: 'Duration of an attempt, including the response body.',
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
    help: 'Finished writes by outcome.',
    labelNames: ['type', 'outcome'],
    registers,
  });
  const commitDuration = new Histogram({
    name: 'spydra_commit_duration_seconds',
    help: 'Time from a submission until its commit was observed.',
    labelNames: ['type'],
    buckets: COMMIT_BUCKETS,
    registers,
  });
  // For Prometheus a series that first appears with 1 has not increased: the first unknown outcome would be missed.
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

/** The status, or the error code if there is no status or it does not show the failure. */
function statusOf(status: number | undefined, code: ErrorCode | undefined): string {
  return status === undefined || code === 'INVALID_RESPONSE' ? String(code) : String(status);
}
