import type { RequestHandler } from 'express';
import type { SpydraRouterOptions } from '../../express/index.js';
import { authenticate, type Credentials } from './authenticate.js';
import { type CallerRole, callerOf } from './caller.js';
import { forbidden } from './forbidden.js';
import { VISIBLE } from './visible.js';

type Guards = SpydraRouterOptions['guards'] & { readonly listener: readonly RequestHandler[] };

/**
 * Middleware before the routes that write: authentication, then `perCaller`, then the caller's role. The stream of events
 * does without `perCaller`, so that a page that connects again does not use up what its caller may write.
 *
 * @param perCaller - for example a rate limit
 * @throws Error if `adminApiKey` is empty or cannot be sent in a header.
 */
export function guardsOf(credentials: Credentials, perCaller?: RequestHandler): Guards {
  const authenticated = authenticate(credentials);
  const identify = [authenticated, ...(perCaller ? [perCaller] : [])];
  return {
    admin: [...identify, admit('admin')],
    // An investor only into their own wallet, and only what is offered: see writes/write-hook.ts.
    investor: [...identify, admit('admin', 'investor')],
    // What each of them sees: see visible.ts.
    listener: [authenticated, admit(...(Object.keys(VISIBLE) as CallerRole[]))],
  };
}

function admit(...roles: readonly CallerRole[]): RequestHandler {
  return (_request, response, next) => {
    const { role } = callerOf(response);
    next(role && roles.includes(role) ? undefined : forbidden());
  };
}
