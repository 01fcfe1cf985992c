import { once } from 'node:events';
import { request as send } from 'node:https';
import type { Request } from 'playwright-core';

/** Sends a request of a browser, with its cookies; the browser gets neither the response nor its cookies. */
export async function requestByNode(request: Request): Promise<void> {
  const { ':method': _method, ...all } = await request.allHeaders();
  const headers = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith(':')));
  const origin = new URL(request.url()).origin;
  const sent = send(request.url(), {
    method: request.method(),
    headers: { ...headers, origin, connection: 'close', 'content-length': request.postDataBuffer()?.length ?? 0 },
    rejectUnauthorized: false,
  });
  sent.end(request.postDataBuffer() ?? undefined);
  const [response] = await once(sent, 'response');
  await response.resume().toArray();
}
