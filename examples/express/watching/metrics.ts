import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { cacheMetrics } from './cache-metrics.js';
import { httpMetrics } from './http-metrics.js';
import { spydraMetrics } from './spydra-metrics.js';

/** What is measured, for Prometheus to fetch. */
export interface Metrics {
  /** Measures the requests that pass it. */
  readonly http: RequestHandler;
  /** All of it, as Prometheus reads it. */
  read(): Promise<{ readonly type: string; readonly text: string }>;
  close(): void;
}

/** Begins to measure this process: its requests, what its SDK does, and itself. */
export function measure(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const ends = [spydraMetrics(registry), cacheMetrics(registry)];
  return {
    http: httpMetrics(registry),
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    close: () => {
      for (const end of ends) end();
    },
  };
}
