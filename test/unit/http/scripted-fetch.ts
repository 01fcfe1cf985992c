import { vi } from 'vitest';

export const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };

export const asset = { assetId: 'a1', name: 'Flat', totalValue: 1, totalSupply: 1, pricePerToken: 1, status: 'draft' };

/** Fake time, advanced by the test. */
export function fakeTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
}

/** A fetch with these responses, in this order; the last one is repeated. */
export function answering(...answers: ((url: unknown) => Response)[]) {
  let n = 0;
  return vi.fn<typeof globalThis.fetch>(async (url) => {
    const answer = answers[Math.min(n++, answers.length - 1)];
    if (!answer) throw new Error('nothing to answer');
    return answer(url);
  });
}

/** The asset that the URL requests. */
export const found = (url: unknown) => Response.json({ asset: { ...asset, assetId: String(url).split('/').at(-1) } });
