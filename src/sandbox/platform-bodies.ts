import { type Json, parseJson, toJson } from './json.js';
import type { PlatformSettings } from './platform-options.js';

const PAGE = '<html><head><title>500</title></head><body><h1>General server error</h1></body></html>';

/** The body of an error, with what has failed as a text. */
const ERRORS: Readonly<Record<PlatformSettings['errors'], (text: string) => readonly [type: string, body: string]>> = {
  message: (message) => json({ message }),
  error: (message) => json({ error: { message } }),
  details: (message) => json({ message: 'General server error', details: [{ address: 'peer0', message }] }),
  nested: (message) => json({ error: toJson({ Status: 'Error', body: toJson({ message }) }) }),
  text: (text) => ['text/plain; charset=utf-8', text],
  html: () => ['text/html; charset=utf-8', PAGE],
  none: () => ['text/plain', ''],
};

export function errorResponse(text: string, { errors, errorStatus: status }: PlatformSettings): Response {
  const [type, body] = ERRORS[errors](text);
  return new Response(body, { status, headers: { 'content-type': type } });
}

export function jsonResponse(status: number, body: Json): Response {
  const [type, text] = json(body);
  return new Response(text, { status, headers: { 'content-type': type } });
}

/** A result of the contract in the form in which it is put into a body. */
export function wrapped(result: string, form: 'object' | 'text' | 'quoted'): Json {
  if (form === 'object') return parseJson(result);
  return form === 'text' ? result : toJson(result);
}

function json(body: Json): readonly [type: string, body: string] {
  return ['application/json; charset=utf-8', toJson(body)];
}
