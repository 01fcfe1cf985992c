import type { upstream } from '../../helpers/upstream.js';

export const MINT = { assetId: 'a1', recipientWallet: 'alice', amount: 5n };

export const accept = { confirm: false };

/** Holds the response to the next request for balances: the state before any mint. */
export function holdNextBalance(answer: ReturnType<typeof upstream>['answer']) {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = { isAsked: false };
  answer((url, init) => {
    if (held.isAsked || init?.method !== 'GET' || !url.pathname.includes('/balances/')) return undefined;
    held.isAsked = true;
    return released.then(() => Response.json({ balances: [{ assetId: 'a1', assetName: 'A', balance: 0 }] }));
  });
  return { held, release };
}
