import { describe, expect, it } from 'vitest';
import { withResolvers } from '../../../src/core/with-resolvers.js';
import { rejection } from '../../helpers/client.js';

describe('withResolvers', () => {
  it('resolves its promise from outside, once', async () => {
    const { promise, resolve, reject } = withResolvers<string>();
    resolve('first');
    resolve('second');
    reject(new Error('late'));
    expect(await promise).toBe('first');
  });

  it('rejects its promise from outside', async () => {
    const { promise, reject } = withResolvers<string>();
    reject('reason');
    expect(await rejection(promise)).toBe('reason');
  });
});
