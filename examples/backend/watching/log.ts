import pino, { type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config.js';
import { errorFields } from './error-fields.js';
import { redactor } from './secrets.js';
import { StandardOutput } from './standard-output.js';

export type { Logger as Log } from 'pino';

/**
 * Opens the log: JSON lines without secrets, on standard output by default.
 *
 * error: failures of this server or of Spydra, failed transactions, refused callers. warn: slow responses, rate limits,
 * retries, deprecated fields. info: changes, and the role that made them. debug: every request and response.
 */
export function openLog(config: Config, destination: DestinationStream = new StandardOutput()): Logger {
  return pino(
    {
      level: config.logLevel,
      formatters: { level: (level) => ({ level }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => errorFields(error) },
      hooks: { streamWrite: redactor(config) },
    },
    destination,
  );
}
