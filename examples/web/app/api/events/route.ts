import { stream } from '../../../server/backend/call';
import { isDraining, onDrain } from '../../../server/draining';
import { handler } from '../../../server/handlers';

/** What happens on the ledger, as server-sent events of the backend; 204 if it has none, so that pages poll. */
export const GET = handler(['admin', 'investor', 'user'], async (session, request) => {
  if (isDraining()) return new Response(null, { status: 503 });
  const events = await stream(session, '/events', AbortSignal.any([request.signal, onDrain()]));
  if (!events) return new Response(null, { status: 204, headers: { 'Cache-Control': 'no-store' } });
  return new Response(events, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
  });
});
