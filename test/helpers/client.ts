import { SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
import { onTestFinished } from 'vitest';

export const API_KEY = 'key-that-nobody-may-see';

/** A client with everything set, closed when the test is over. */
export function testClient(options: SpydraClientOptions): SpydraClient {
  const client = new SpydraClient({
    apiKey: API_KEY,
    projectId: 'p',
    networkId: 'n',
    appId: 'a',
    assetSchemaId: 's',
    uncertaintyWindow: 50,
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** What a call rejected with; fails the test if it did not. */
export async function rejection(call: PromiseLike<unknown>): Promise<unknown> {
  return call.then(
    (value) => Promise.reject(new Error(`expected a rejection, got ${String(value)}`)),
    (error: unknown) => error,
  );
}

/** What a call resolved to, or the error that it rejected with. */
export async function endOf(call: PromiseLike<unknown>): Promise<unknown> {
  return call.then(
    (value) => value,
    (error: unknown) => error,
  );
}
