import pino, { type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config.js';
import { redactor } from './secrets.js';

export type { Logger as Log } from 'pino';

/**
 * Opens the log: a line of JSON each, without secrets, on standard output unless there is another destination.
 *
 * error: failures of this server or of Spydra, failed transactions, callers that may not. warn: slow answers, limits,
 * retries, what is deprecated. info: what was changed, and by whom. debug: every request and answer.
 */
export function openLog(config: Config, destination: DestinationStream = pino.destination(1)): Logger {
  return pino(
    {
      level: config.logLevel,
      formatters: { level: (level) => ({ level }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: redactor(config) },
    },
    destination,
  );
}
