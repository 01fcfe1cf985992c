import * as z from 'zod/mini';

/*
 * A 2xx response with a list may still report a failure. Read as an empty list, it would let a write that is on the
 * ledger be sent again.
 */

/** Fields that report a failure. */
const FAILURES = ['error', 'errors', 'exception', 'fault'];
/** Fields that may report one. */
const REMARKS = ['message', 'msg', 'detail', 'details', 'reason', 'title', 'code', 'status', 'statuscode', 'warnings'];
/** Fields that are false after a failure, and those that hold a status. */
const SUCCESS = ['success', 'ok'];
const STATUS = ['status', 'statuscode', 'code'];

const NO_TOTAL = new Set<unknown>([undefined, null]);
const ZERO = new Set<unknown>([0, 0n, '0']);

/**
 * A schema for a response with a list. Go encodes an empty list as null, and its total may be missing; null is refused
 * if the total is above zero or a remark accompanies it. Beside a failure no list is accepted.
 */
export const listIn = <T extends z.ZodMiniType>(list: string, count: string, schema: T) =>
  z.pipe(
    z.transform((body) => {
      const fields: Record<string, unknown> = { ...Object(body) };
      const { [list]: items, [count]: total } = fields;
      if (hasFailed(fields)) return { ...fields, [list]: undefined };
      const isEmpty = items === null || (Array.isArray(items) && items.length === 0);
      if (!isEmpty || !(NO_TOTAL.has(total) || ZERO.has(total)) || hasRemark(fields, REMARKS)) return body;
      return { ...fields, [list]: [], [count]: 0 };
    }),
    schema,
  );

function hasFailed(fields: Record<string, unknown>): boolean {
  const denies = ([name, value]: [string, unknown]) =>
    (SUCCESS.includes(name.toLowerCase()) && /^(?:false|0)$/i.test(String(value))) ||
    (STATUS.includes(name.toLowerCase()) && /^(?:[45]\d\d|error|fail)$/i.test(String(value)));
  return hasRemark(fields, FAILURES) || Object.entries(fields).some(denies);
}

/** Whether one of the fields has a value other than empty or successful. */
function hasRemark(fields: Record<string, unknown>, names: readonly string[]): boolean {
  return Object.entries(fields).some(([name, value]) => names.includes(name.toLowerCase()) && !isHarmless(value));
}

function isHarmless(value: unknown): boolean {
  if (typeof value === 'object') return Object.keys(value ?? {}).length === 0;
  return !value || /^(?:true|false|none|ok|success|0|200)$/i.test(String(value));
}
