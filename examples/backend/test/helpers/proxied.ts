import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nginx } from '../../cluster/nginx.js';
import { freePorts } from '../../cluster/ports.js';

export interface ProxyOptions {
  readonly backendPorts: readonly number[];
  readonly corsOrigins?: string;
  readonly adjust?: (configuration: string) => string;
}

/** nginx under the configuration of the example, and a way to call through it. */
export async function proxyBefore(options: ProxyOptions) {
  const directory = await mkdtemp(join(tmpdir(), 'spydra-nginx-'));
  const [httpPort = 0, httpsPort = 0] = await freePorts(2);
  const proxy = await nginx({ httpPort, httpsPort, directory, ...options });
  await proxy.start();

  /** The path goes out as it is. */
  async function call(method: string, path: string, headers: object = {}, body = '', more: RequestOptions = {}) {
    const length = body === '' || 'Transfer-Encoding' in headers ? {} : { 'Content-Length': body.length };
    const place = { port: httpsPort, method, path, agent: false, rejectUnauthorized: false };
    const asking = request({ ...place, headers: { ...headers, ...length }, ...more });
    asking.end(body);
    const [answer] = await once(asking, 'response');
    const text = (await answer.toArray()).join('');
    return { status: answer.statusCode, headers: answer.headersDistinct, body: JSON.parse(text || 'null') };
  }

  const stop = async () => {
    await proxy.stop();
    await rm(directory, { recursive: true });
  };
  return { httpPort, httpsPort, call, reload: () => proxy.signal('SIGHUP'), stop };
}
