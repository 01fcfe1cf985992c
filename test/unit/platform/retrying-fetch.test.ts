import { createSandbox } from 'spydra-sdk/sandbox';
import { expect, it, onTestFinished } from 'vitest';
import { FLAT } from '../../helpers/flat.js';
import { platformClient } from '../../helpers/platform.js';
import { closedUrl, json, scriptedServer } from '../../helpers/scripted-server.js';

it.each<[string, number | undefined]>([
  ['cannot connect again', undefined],
  ['is refused with 403 then', 403],
  ['is refused with 429 then', 429],
])(
  'a mint that fetch repeats after a lost response, and that %s, is done when it is on the ledger',
  async (_what, status) => {
    const sandbox = createSandbox();
    onTestFinished(() => sandbox.close());
    await using other = platformClient(sandbox);
    const { assetId } = await other.assets.create(FLAT);
    let late: (() => Promise<unknown>) | undefined;
    let queries = 0;
    const server = await scriptedServer((_request, response, n) =>
      n === 1 ? response.socket?.destroy() : json(response, status ?? 500, {}),
    );
    const again = status === undefined ? await closedUrl() : server.url;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const { pathname, origin } = new URL(String(input));
      if (pathname.endsWith('/query')) {
        // The first request arrives after the ledger was asked once.
        if (late && ++queries === 2) await late();
        return sandbox.fetch(input, init);
      }
      late ??= () => sandbox.fetch(input, init);
      const by = (url: string) => globalThis.fetch(String(input).replace(origin, url), init);
      return by(server.url).catch(() => by(again));
    };
    await using spydra = platformClient(sandbox, { fetch }, { retries: 0 });
    const { newBalance } = await spydra.tokens.mint({ assetId, recipientWallet: 'bob', amount: 5n });
    expect(newBalance).toBe(5n);
    expect((await other.wallets.balance('bob', { assetId })).balances[0]?.balance).toBe(5n);
  },
);
