import { afterEach, describe, expect, it, vi } from 'vitest';
import { ensureMayBegin, ensureNode, isBrowser, signalOfRequest, variable } from '../../../src/core/runtime.js';
import { ConfigurationError } from '../../../src/errors.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe('an environment variable', () => {
  it.each([
    [' text \n', 'text'],
    ['', undefined],
    ['  ', undefined],
    [undefined, undefined],
  ])('of the value %j is read as %j', (value, text) => {
    vi.stubEnv('SPYDRA_TEST', value);
    expect(variable('SPYDRA_TEST')).toBe(text);
  });

  it('that must not be read is not set', () => {
    const env = new Proxy(
      {},
      {
        get: () => {
          throw new Error('NotCapable');
        },
      },
    );
    vi.stubGlobal('process', { env });
    expect(variable('SPYDRA_TEST')).toBeUndefined();
    vi.stubGlobal('process', undefined);
    expect(variable('SPYDRA_TEST')).toBeUndefined();
  });
});

describe('ensureNode', () => {
  it.each(['0.10.48', '18.20.8', '20.18.3'])('refuses %s', (version) => {
    expect(() => ensureNode(version)).toThrow(ConfigurationError);
  });

  it.each(['20.19.0', '20.19.0-nightly', '24.0.0', ''])('accepts %j', (version) => {
    expect(() => ensureNode(version)).not.toThrow();
  });
});

describe('isBrowser', () => {
  const stub = (globals: object) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  };

  it.each([
    ['a page', { window: {}, document: {}, process: undefined }, true],
    ["Node with a page's globals", { window: {}, document: {} }, false],
    ['a worker', { document: {}, process: undefined }, false],
    ['Node', {}, false],
  ])('of %s: %j', (_what, globals, expected) => {
    stub(globals);
    expect(isBrowser()).toBe(expected);
  });
});

describe('a request of Cloudflare Workers', () => {
  it('is needed to begin: random values are refused while a module loads', () => {
    expect(ensureMayBegin).not.toThrow();
    vi.stubGlobal('crypto', {
      randomUUID: () => {
        throw new Error('Disallowed operation called within global scope.');
      },
    });
    expect(ensureMayBegin).toThrow(ConfigurationError);
  });

  it('binds what is made in it: signals of another request cannot be read', () => {
    let isOther = false;
    class Controller {
      readonly signal = {
        get aborted() {
          if (isOther) throw new Error('Cannot perform I/O on behalf of a different request.');
          return false;
        },
      };
    }
    vi.stubGlobal('AbortController', Controller);
    const signal = signalOfRequest();
    isOther = true;
    expect(() => signal.aborted).toThrow('a different request');
  });
});
