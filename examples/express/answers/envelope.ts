import type { Response } from 'express';
import { stringifyJson } from 'spydra-sdk';

/** Answers `{ success: true, data, … }`. */
export function sendData(response: Response, body: { readonly data: unknown; readonly [beside: string]: unknown }) {
  send(response, { success: true, ...body });
}

/** Writes JSON in which a `bigint` or `jsonNumber` is a number, exact to the last digit. */
export function send(response: Response, body: object): void {
  response.type('json').send(stringifyJson(body));
}
