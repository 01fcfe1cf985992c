/**
 * Where the SDK writes its log lines: fields first, then a message, as pino takes them; `console` fits too.
 *
 * error: API errors, failed transactions, refused keys. warn: slow answers, rate limits, retries.
 * info: assets created, tokens minted, transfers completed. debug: requests and answers.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = () => {};

/** The default: says nothing. */
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A logger whose own failure never fails a call. */
export function guarded(logger: Logger): Logger {
  const guard = (level: keyof Logger) => (fields: object, message: string) => {
    // A write must not be reported as failed because a log line could not be written.
    try {
      const written: unknown = logger[level](fields, message);
      if (written instanceof Promise) written.catch(nothing);
    } catch {}
  };
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') };
}
