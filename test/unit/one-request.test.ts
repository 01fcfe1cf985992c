import { ConfigurationError, SpydraClient } from 'spydra-sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { rejection } from '../helpers/client.js';
import { sandboxed } from '../helpers/sandbox.js';

/** As in Cloudflare's runtime: a signal can only be read in the first request that did. */
function signalsOfRequests(): (request: string) => void {
  let current = 'first';
  const { AbortController: Real } = globalThis;
  vi.stubGlobal(
    'AbortController',
    class extends Real {
      constructor() {
        super();
        let owner: string | undefined;
        const isAborted = () =>
          Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')?.get?.call(this.signal);
        Object.defineProperty(this.signal, 'aborted', {
          get: () => {
            owner ??= current;
            if (owner !== current) throw new Error('Cannot perform I/O on behalf of a different request.');
            return isAborted();
          },
        });
      }
    },
  );
  return (request) => {
    current = request;
  };
}

describe('on Cloudflare Workers', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('a client cannot be created while a module loads; the error says where it can', () => {
    vi.stubGlobal('crypto', {
      randomUUID: () => {
        throw new Error('Disallowed operation called within global scope.');
      },
    });
    expect(() => new SpydraClient()).toThrow(ConfigurationError);
    expect(() => new SpydraClient()).toThrow(/Make the client in the handler/);
  });

  it('a client of another request throws and sends nothing', async () => {
    const enter = signalsOfRequests();
    const { sandbox, spydra } = sandboxed();
    const { assets, treasury } = await sandbox.seed();
    const order = { assetId: assets[0]?.assetId ?? '', fromWallet: treasury, toWallet: 'w', amount: 1n };
    await spydra.tokens.transfer(order);
    const height = sandbox.blocks.length;

    enter('second');
    for (const call of [spydra.tokens.transfer(order), spydra.wallets.balance('w'), spydra.assets.list()]) {
      const error = await rejection(call);
      expect(error).toMatchObject({ name: 'ConfigurationError', outcome: 'not-applied' });
      expect(String(error)).toContain('Make the client in the handler');
    }
    expect(() => spydra.withOptions({})).toThrow(ConfigurationError);
    expect(sandbox.blocks.length).toBe(height);

    enter('first');
    expect((await spydra.wallets.balance('w')).balances).toMatchObject([{ balance: 1n }]);
  });
});
