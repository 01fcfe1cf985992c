import { type RequestHandler, raw } from 'express';
import { parseJson } from 'spydra-sdk';
import { Refusal } from '../answers/refusal.js';
import { ensureUnambiguous } from './unambiguous.js';

/** Reads a JSON body to the last digit, where `express.json()` would round: 10^30 tokens stay 10^30 tokens. */
export const jsonBody: RequestHandler[] = [
  raw({ type: () => true, limit: '100kb' }),
  (request, _response, next) => {
    if (request.body !== undefined && !Buffer.isBuffer(request.body)) {
      throw new Error('The body was parsed already, maybe with digits lost: mount this router before express.json().');
    }
    request.body = parse(request.body, request.is('application/json') !== false);
    next();
  },
];

function parse(bytes: Buffer | undefined, isJson: boolean): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (!isJson) throw new Refusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.');
  const { text, value } = read(bytes);
  ensureUnambiguous(text);
  return value;
}

function read(bytes: Buffer): { readonly text: string; readonly value: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, value: parseJson(text) };
  } catch {
    throw new Refusal(400, 'MALFORMED_JSON', 'The body is not valid JSON in UTF-8.');
  }
}
