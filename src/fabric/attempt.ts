import { abortable, Scope } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { TimeoutError } from '../errors.js';
import type { GrpcInterceptor, GrpcOptions } from './gateway.js';

/** Milliseconds after which gRPC itself ends a request that was to be cancelled: the server is given this deadline. */
const GRACE = 1_000;
/** gRPC's CANCELLED. */
const CANCELLED = 1;

/**
 * Makes one gRPC request within a call: it is cancelled when the call ends, or after `ms`.
 *
 * @throws the call's own error, or TimeoutError
 */
export async function attempt<T>(call: Call, ms: number, request: (options: GrpcOptions) => Promise<T>): Promise<T> {
  call.signal.throwIfAborted();
  const left = Math.min(ms, call.deadlineAt - performance.now());
  const scope = new Scope(call.signal, (reason) => reason, { ms: left, reason: () => tooLong(left) });
  const deadline = Date.now() + left + GRACE;
  try {
    return await abortable(request({ deadline, interceptors: [cancelledBy(scope)] }), scope);
  } finally {
    scope.release();
  }
}

/** fabric-gateway takes no AbortSignal: an interceptor cancels the gRPC call instead. */
function cancelledBy(scope: Scope): GrpcInterceptor {
  return (options, next) => {
    const call = next(options);
    scope.whenAborted(() => call.cancelWithStatus(CANCELLED, 'The call is over.'));
    return call;
  };
}

function tooLong(ms: number): TimeoutError {
  return new TimeoutError(`The peer did not respond within ${Math.ceil(ms)} ms.`, { retryable: true });
}
