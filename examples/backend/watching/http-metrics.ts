import type { RequestHandler } from 'express';
import { Gauge, Histogram, type Registry } from 'prom-client';
import { isStream, whenEnded } from './ended.js';

/** Seconds. Reads take milliseconds; writes take a block time, or up to a minute. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Measures the requests that this server answers. */
export function httpMetrics(registry: Registry): RequestHandler {
  const registers = [registry];
  const inFlight = new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that are being processed.',
    registers,
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Finished requests, without streams, by method, pattern of the route (none: no route matched) and class of the status.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers,
  });

  return (request, response, next) => {
    inFlight.inc();
    whenEnded(request, response, (ended) => {
      const { method, route, status, ms } = ended;
      inFlight.dec();
      if (!isStream(ended)) duration.observe({ method, route, status: classOf(status) }, ms / 1_000);
    });
    next();
  };
}

function classOf(status: number | undefined): string {
  return status === undefined ? 'hung up' : `${Math.floor(status / 100)}xx`;
}
