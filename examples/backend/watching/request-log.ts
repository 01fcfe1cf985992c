import type { RequestHandler, Response } from 'express';
import { requestIdOf } from '../../express/index.js';
import { deprecatedFields } from './deprecated-fields.js';
import { type Ended, isStream, whenEnded } from './ended.js';
import type { Log } from './log.js';

/** Milliseconds above which a response is slow. A write waits for its block. */
const SLOW = { read: 1_000, write: 10_000 };

/** Logs one line for each finished request, with the role of the caller and without any data of the request. */
export function requestLog(log: Log): RequestHandler {
  return (request, response, next) => {
    whenEnded(request, response, (ended) => {
      const deprecated = deprecatedFields(request);
      const level = levelOf(ended, deprecated);
      if (!log.isLevelEnabled(level)) return;
      const ms = Math.round(ended.ms);
      const fields = { requestId: requestIdOf(response), ...ended, ms, who: roleOf(response) };
      log[level](deprecated.length > 0 ? { ...fields, deprecated } : fields, messageOf(ended));
    });
    next();
  };
}

function levelOf(ended: Ended, deprecated: readonly string[]): 'error' | 'warn' | 'info' | 'debug' {
  const { method, status = 0, ms } = ended;
  if (isStream(ended)) return 'debug';
  const isRead = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  if (status >= 500 || status === 401 || status === 403) return 'error';
  if (status === 429 || deprecated.length > 0 || ms > (isRead ? SLOW.read : SLOW.write)) return 'warn';
  return isRead ? 'debug' : 'info';
}

function messageOf({ status }: Ended): string {
  return status === undefined ? 'hung up' : 'answered';
}

/** The role of the caller; public routes do not authenticate. */
function roleOf(response: Response): string {
  const caller: { readonly role?: string } | undefined = response.locals.caller;
  return caller?.role ?? 'anybody';
}
