import { type Json, parseUntrustedJson } from './json.js';
import { refuseFields } from './refusal.js';
import type { WriteCall } from './write.js';

/** The call of a write from its arguments: order, key and hints, and of `Void` the key alone. */
export function callOf(functionName: string, args: readonly string[]): WriteCall {
  if (functionName === 'Void') {
    refuseMoreThan(1, args);
    return { functionName, order: {}, key: args[0], hints: undefined };
  }
  refuseMoreThan(3, args);
  const [order, key, hints] = args;
  // Command lines and forms give an absent argument as an empty one.
  return {
    functionName,
    order: parseArgument(order, 'order'),
    key,
    hints: hints ? parseArgument(hints, 'hints') : undefined,
  };
}

/** @throws Refusal INVALID_REQUEST if it is missing, or is no JSON. */
export function parseArgument(text: string | undefined, name: string): Json {
  if (text === undefined) return refuseFields([{ field: name, message: 'is missing' }]);
  try {
    return parseUntrustedJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuseFields([
      { field: name, message: 'must be JSON, without a repeated name and nested 100 levels deep at most' },
    ]);
  }
}

/** An argument too many is a mistake of the caller's, and must not be ignored. */
export function refuseMoreThan(count: number, args: readonly string[]): void {
  if (args.length > count) refuseFields([{ field: 'arguments', message: `must be ${count} at most` }]);
}
