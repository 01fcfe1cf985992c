import type { Response } from 'express';
import { stringifyJson } from 'spydra-sdk';

/** Sends JSON in which a `bigint` or `jsonNumber` is an exact number. */
export function send(response: Response, body: object): void {
  // Not with send(): its ETag would allow a 304 to a conditional request, without the body that the contract promises.
  response.type('json').end(stringifyJson(body));
}
