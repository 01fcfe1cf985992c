import { Readable } from 'node:stream';
import type { RequestHandler, Request as ServerRequest } from 'express';
import type { WebhookReceiver } from 'spydra-sdk/webhooks';

/** A route for the requests of Spydra's listeners. Mount it before anything that reads bodies. */
export function webhookRoute(receiver: Pick<WebhookReceiver, 'handle'>): RequestHandler {
  return async (request, response) => {
    const result = await receiver.handle(webRequest(request));
    response
      .status(result.status)
      .set(Object.fromEntries(result.headers))
      .send(await result.text());
  };
}

/** The web standard's request, with the body as it arrives. */
function webRequest(request: ServerRequest): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  const hasBody = !['GET', 'HEAD'].includes(request.method);
  const body = hasBody ? (Readable.toWeb(request) as ReadableStream<Uint8Array>) : null;
  const init = { method: request.method, headers, body, duplex: 'half' };
  return new Request(new URL(request.url, 'http://receiver.invalid'), init as RequestInit);
}
