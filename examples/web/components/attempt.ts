import type { Failure } from '../lib/failure';
import { BackendError } from '../server/backend/call';

/** The value, or the failure of the backend to show in its place. */
export type Attempt<T> = { readonly value: T; readonly failure?: never } | { readonly failure: Failure };

/** Loads what a page shows. */
export async function attempt<T>(load: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await load() };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return { failure: error.failure };
  }
}
