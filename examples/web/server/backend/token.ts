import { createHmac } from 'node:crypto';
import { config } from '../config';
import type { Session } from '../session/session';

/** Seconds; the backend checks it when a request begins. */
const LIFETIME = 60;

/** Returns a JWT (HS256) by which the backend knows the person, with role and wallet. It never reaches a browser. */
export function tokenOf({ user, role, wallet }: Session, now = Date.now()): string {
  const { jwtSecret, jwtIssuer, jwtAudience } = config();
  const iat = Math.floor(now / 1_000);
  const claims = { iss: jwtIssuer, aud: jwtAudience, sub: user, role, wallet, iat, exp: iat + LIFETIME };
  const said = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${said}.${createHmac('sha256', jwtSecret).update(said).digest('base64url')}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
