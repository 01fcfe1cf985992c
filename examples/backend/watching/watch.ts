import type { DestinationStream } from 'pino';
import type { Config } from '../config.js';
import { type Log, openLog } from './log.js';
import { type Metrics, measure } from './metrics.js';
import { Readiness } from './readiness.js';

/** Log, metrics and readiness of a server. */
export interface Watching {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
}

/** Opens log and metrics; once per process, because the events of the SDK are process-wide. */
export function watch(config: Config, logTo?: DestinationStream): Watching {
  return { log: openLog(config, logTo), metrics: measure(), readiness: new Readiness() };
}
