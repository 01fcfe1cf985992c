import type { DestinationStream } from 'pino';
import type { Config } from '../config.js';
import { type Log, openLog } from './log.js';
import { type Metrics, measure } from './metrics.js';
import { Readiness } from './readiness.js';

/** Everything by which a running server is seen from outside. */
export interface Watching {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
}

/** Begins to watch this process: once, for what the SDK tells it tells the whole process. */
export function watch(config: Config, logTo?: DestinationStream): Watching {
  return { log: openLog(config, logTo), metrics: measure(), readiness: new Readiness() };
}
