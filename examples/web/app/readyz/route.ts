import { isDraining } from '../../server/draining';

export const dynamic = 'force-dynamic';

/** Whether to send requests to this instance; not after SIGTERM. It does not check the backend, which all instances share. */
export function GET(): Response {
  const ready = !isDraining();
  return Response.json({ ready }, { status: ready ? 200 : 503 });
}
