import { SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { testClient } from '../helpers/client.js';

/** Sets the version of Node until the test is over. */
function onNode(version: string | undefined): void {
  const versions = { ...process.versions, node: version };
  vi.spyOn(process, 'versions', 'get').mockReturnValue(versions as NodeJS.ProcessVersions);
  onTestFinished(() => void vi.restoreAllMocks());
}

describe('the check of the Node version', () => {
  it.each(['12.22.12', '18.20.8', '20.0.0', '20.18.3'])('refuses %s in one sentence', (version) => {
    onNode(version);
    const sentence = new RegExp(`needs Node 20\\.19 or later, and this is Node ${version.replaceAll('.', '\\.')}: `);
    expect(() => new SpydraClient()).toThrow(sentence);
    expect(() => createSandbox()).toThrow(sentence);
  });

  it.each(['20.19.0', '20.20.2', '22.0.0', '100.1.0', undefined])('accepts %s', (version) => {
    onNode(version);
    expect(() => testClient({})).not.toThrow();
  });
});
