import { createSandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testClient } from '../helpers/client.js';

/** Both sides have a rule of their own, since they share no code; it must be the same. */
const KEYS: readonly [key: string, isKey: boolean][] = [
  ['sandbox-key', true],
  ['8-chars!', true],
  [`${'long'.repeat(100)}`, true],
  [' key-with-space-around\n', true],
  ['', false],
  ['   ', false],
  ['my-key', false],
  ['7-chars', false],
  ['two words', false],
  ['ключ-ключ', false],
  ['line\nbreak-in-it', false],
];

describe('the sandbox and the client accept the same API keys', () => {
  it.each(KEYS)('%j', async (apiKey, isKey) => {
    const makeClient = () => testClient({ apiKey });
    const makeSandbox = () => createSandbox({ apiKey });
    if (!isKey) {
      expect(makeClient).toThrow('apiKey');
      return expect(makeSandbox).toThrow('apiKey');
    }
    const sandbox = makeSandbox();
    onTestFinished(() => sandbox.close());
    const { baseUrl, fetch, projectId, networkId, appId } = sandbox.connection();
    const client = testClient({ apiKey, baseUrl, fetch, projectId, networkId, appId });
    expect(await client.health()).toEqual({ healthy: true, message: 'Spydra responds.' });
  });
});
