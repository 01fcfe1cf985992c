import { expect, it } from 'vitest';
import { ignoreFailure } from '../../../src/core/ignore-failure.js';

it.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('thrown');
    },
  ],
  ['rejects later', () => Promise.reject(new Error('rejected'))],
  [
    'returns a thenable that throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
      then() {
        throw new Error('thrown');
      },
    }),
  ],
])('does not fail if a callback %s', async (_, callback) => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  ignoreFailure(callback);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
