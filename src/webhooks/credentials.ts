import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod/mini';

/** How the listener authenticates: as it was configured in Spydra's console. */
export type WebhookAuthentication =
  | {
      /** Of HTTP basic authentication. Without a colon. */
      readonly username: string;
      readonly password: string;
    }
  | {
      /** The name of the listener's own header. */
      readonly header: string;
      /** Its value: 8 visible ASCII characters or more. */
      readonly value: string;
    };

const secret = z.string().check(z.regex(/^[\x21-\x7e]{8,}$/, 'must be 8 visible ASCII characters or more'));
const basic = z.strictObject({
  username: z.string().check(z.regex(/^[^:\p{Cc}]+$/u, 'must be a text without a colon')),
  password: secret,
});
const custom = z.strictObject({
  header: z.string().check(z.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a header')),
  value: secret,
});
/** A listener without authentication is refused: anybody could send its requests. */
export const authenticationSchema: z.ZodMiniType<WebhookAuthentication> = z.union(
  [basic, custom],
  'must be { username, password } or { header, value }, with a secret of 8 visible ASCII characters or more',
);

/** A check of the credentials of requests, in constant time. */
export function credentialsCheck(authentication: WebhookAuthentication): (headers: Headers) => boolean {
  if ('header' in authentication) {
    const expected = digest(authentication.value);
    return (headers) => timingSafeEqual(digest(headers.get(authentication.header) ?? ''), expected);
  }
  const { username, password } = authentication;
  // The text is compared, not what it decodes to: decoders ignore characters.
  const expected = digest(Buffer.from(`${username}:${password}`).toString('base64'));
  return (headers) => {
    const [, token = ''] = /^basic +(\S+)$/i.exec(headers.get('Authorization') ?? '') ?? [];
    return timingSafeEqual(digest(token), expected);
  };
}

/** Digests have one length, so that comparing them reveals none of the secret's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
