import { whenAborted } from '../core/abort.js';
import type { WriteCall } from '../core/call.js';

/** A call on behalf of several: it lasts as long as one of them does. To be released when it is over. */
export function jointCall(calls: readonly WriteCall[]): { readonly call: WriteCall; readonly release: () => void } {
  const [first] = calls as readonly [WriteCall];
  const ended = new AbortController();
  const check = (reason: unknown) => calls.every(({ signal }) => signal.aborted) && ended.abort(reason);
  const forgets = calls.map(({ signal }) => whenAborted(signal, () => check(signal.reason)));
  return {
    call: {
      ...first,
      signal: ended.signal,
      deadlineAt: Math.max(...calls.map(({ deadlineAt }) => deadlineAt)),
      keyIsGiven: false,
      confirm: calls.some(({ confirm }) => confirm),
    },
    release: () => {
      for (const forget of forgets) forget();
    },
  };
}
