import type { Failure } from '../lib/failure';

/** The response of a route handler of this site. */
export type Answer<T> = { readonly value: T; readonly failure?: never } | { readonly failure: Failure };

/** Nothing, or nothing readable, came back. */
const NO_CONNECTION: Failure = {
  status: 0,
  code: 'NO_CONNECTION',
  sentence: 'This site does not respond.',
  advice: 'Check your connection, then try again.',
};

/** Milliseconds after which a response is not waited for any more: the server gives up before this. */
const TIMEOUT = 180_000;

/** Requests JSON of a route handler of this site. Without a response of it, the failure is NO_CONNECTION. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT);
  try {
    const response = await fetch(path, { ...init, redirect: 'error', cache: 'no-store', signal: controller.signal });
    const body = (await response.json()) as T & { failure?: Failure };
    if (response.ok) return { value: body };
    return { failure: body.failure ?? NO_CONNECTION };
  } catch {
    return { failure: NO_CONNECTION };
  } finally {
    clearTimeout(timer);
  }
}

/** Posts JSON to a route handler of this site. */
export function post<T>(path: string, body: object = {}): Promise<Answer<T>> {
  return ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}
