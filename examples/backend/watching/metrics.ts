import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { cacheMetrics } from './cache-metrics.js';
import { httpMetrics } from './http-metrics.js';
import { spydraMetrics } from './spydra-metrics.js';

/** The metrics of this process. */
export interface Metrics {
  /** Middleware that measures requests. */
  readonly http: RequestHandler;
  /** All metrics in the format of Prometheus. */
  read(): Promise<{ readonly type: string; readonly text: string }>;
  close(): void;
}

/** Starts to collect metrics of this process, its requests and its SDK. */
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
