import type { Request, RequestHandler } from 'express';
import { Refusal } from '../answers/refusal.js';
import type { TokenConfig } from '../config.js';
import { apiKeys } from './api-keys.js';
import { type Caller, setCaller } from './caller.js';
import { tokens } from './tokens.js';

/** How callers prove who they are. */
export interface Credentials {
  /** The keys that admit an admin as `X-API-Key`, one or several. Not Spydra's own. */
  readonly adminApiKey: string | readonly string[];
  /** How tokens in `Authorization: Bearer` are checked. Default: there are none. */
  readonly tokens?: TokenConfig | undefined;
}

/**
 * Lets only requests pass that prove who sent them. A request with an `X-API-Key` is judged by that alone.
 *
 * @throws Error if `adminApiKey` is empty.
 */
export function authenticate(credentials: Credentials): RequestHandler {
  const whoIs = asker(credentials);
  const challenges = [...(credentials.tokens ? ['Bearer'] : []), 'ApiKey'].map((scheme) => `${scheme} realm="spydra"`);
  const orToken = credentials.tokens ? ', or a token as Authorization: Bearer' : '';

  return async (request, response, next) => {
    const caller = await whoIs(request);
    if (!caller) {
      response.set('WWW-Authenticate', challenges.join(', '));
      throw new Refusal(401, 'UNAUTHORIZED', `Send the admin key as X-API-Key${orToken}.`);
    }
    setCaller(response, caller);
    next();
  };
}

function asker({ adminApiKey, tokens: config }: Credentials) {
  const byKey = apiKeys(typeof adminApiKey === 'string' ? [adminApiKey] : adminApiKey);
  const byToken = config && tokens(config);
  return async (request: Pick<Request, 'get'>): Promise<Caller | undefined> => {
    const key = request.get('X-API-Key');
    if (key !== undefined) return byKey(key);
    const token = /^Bearer +(\S+)$/i.exec(request.get('Authorization') ?? '')?.[1];
    return token === undefined ? undefined : byToken?.(token);
  };
}
