import { type RequestHandler, raw } from 'express';
import { parseJson } from 'spydra-sdk';
import { Refusal } from '../responses/refusal.js';
import { ensureUnambiguous } from './unambiguous.js';

/** Parses a JSON body without rounding, unlike `express.json()`: 10^30 tokens stay 10^30 tokens. */
export const jsonBody: RequestHandler[] = [
  raw({ type: () => true, limit: '100kb' }),
  (request, _response, next) => {
    if (request.body !== undefined && !Buffer.isBuffer(request.body)) {
      throw new Error('The body was already parsed, and digits may be lost: mount this router before express.json().');
    }
    request.body = parse(request.body, request.is('application/json') !== false);
    next();
  },
];

function parse(bytes: Buffer | undefined, isJson: boolean): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (!isJson) throw new Refusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.');
  const text = textOf(bytes);
  // Checked first: the exact parser accepts less depth, and does not report the position.
  ensureUnambiguous(text);
  return parseJson(text, { decimals: 'number' });
}

/** Parses JSON of any depth. */
function textOf(bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    JSON.parse(text);
    return text;
  } catch {
    throw new Refusal(400, 'MALFORMED_JSON', 'The body is not valid JSON in UTF-8.');
  }
}
