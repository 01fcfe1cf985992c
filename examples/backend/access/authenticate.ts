import type { Request, RequestHandler } from 'express';
import { Refusal } from '../../express/index.js';
import type { TokenConfig } from '../config.js';
import { adminsByKey } from './admins-by-key.js';
import { type Caller, setCaller } from './caller.js';
import { tokens } from './tokens.js';

/** How callers authenticate. */
export interface Credentials {
  /** The admin keys, sent as `X-API-Key`. Not the API key of Spydra. */
  readonly adminApiKey: string | readonly string[];
  /** How tokens in `Authorization: Bearer` are verified. Default: none are accepted. */
  readonly tokens?: TokenConfig | undefined;
}

/**
 * Requires authentication. If a request has an `X-API-Key`, its token is ignored.
 *
 * @throws Error if `adminApiKey` is empty.
 */
export function authenticate(credentials: Credentials): RequestHandler {
  const authenticated = authenticator(credentials);
  const challenges = [...(credentials.tokens ? ['Bearer'] : []), 'ApiKey'].map((scheme) => `${scheme} realm="spydra"`);
  const orToken = credentials.tokens ? ', or a token as Authorization: Bearer' : '';

  return async (request, response, next) => {
    const caller = await authenticated(request);
    if (!caller) {
      response.set('WWW-Authenticate', challenges.join(', '));
      throw new Refusal(401, 'UNAUTHORIZED', `Send the admin key as X-API-Key${orToken}.`);
    }
    setCaller(response, caller);
    next();
  };
}

function authenticator({ adminApiKey, tokens: config }: Credentials) {
  const byKey = adminsByKey(typeof adminApiKey === 'string' ? [adminApiKey] : adminApiKey);
  const byToken = config && tokens(config);
  return async (request: Pick<Request, 'get'>): Promise<Caller | undefined> => {
    const key = request.get('X-API-Key');
    if (key !== undefined) return byKey(key);
    const token = /^Bearer +(\S+)$/i.exec(request.get('Authorization') ?? '')?.[1];
    return token === undefined ? undefined : byToken?.(token);
  };
}
