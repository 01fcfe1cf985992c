import { ignoreFailure } from '../core/ignore-failure.js';

/**
 * Where the SDK writes its log lines: fields first, then a message, as pino takes them; `console` fits too.
 *
 * error: failures of the server or the network, failed transactions, refused keys. warn: slow responses, rate limits,
 * retries, a watch that is interrupted. info: committed writes. debug: requests and responses, and refusals that the caller must correct, such as a 404.
 * No line holds a path or an id in it: requests are named by their route.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A logger whose own failure never fails a call. */
export function loggerOf(logger: Logger): Logger {
  // A write must not be reported as failed because a log line could not be written.
  const guard = (level: keyof Logger) => (fields: object, message: string) =>
    ignoreFailure(() => logger[level](fields, message));
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') };
}
