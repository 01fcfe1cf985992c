import { SpydraError } from 'spydra-sdk';

/** The maximum depth of nested causes. */
const DEEPEST = 5;

/**
 * The fields of an error for the log: its type, codes and stack. Messages of the SDK are omitted, since they contain
 * paths with ids and text from Spydra; so are fields that other libraries add.
 */
export function errorFields(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause === undefined || depth === DEEPEST ? {} : { cause: errorFields(error.cause, depth + 1) };
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    ...detailsOf(error),
    stack: framesOf(error),
    ...cause,
  };
}

function detailsOf(error: Error): object {
  if (!(error instanceof SpydraError)) return { message: error.message };
  const { serverCode, status, outcome, requestId, transactionId } = error;
  return { serverCode, status, outcome, requestId, transactionId };
}

/** Returns the stack frames without the message before them. */
function framesOf({ stack = '' }: Error): string[] {
  return stack.split('\n').flatMap((line) => /^ {4}at (.*)$/.exec(line)?.[1] ?? []);
}
