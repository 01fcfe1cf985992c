import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../../src/core/did-you-mean.js';

describe('didYouMean', () => {
  it.each([
    ['deadlin', ['deadline', 'timeout'], 'deadline'],
    ['api_key', ['apiKey', 'appId'], 'apiKey'],
    ['appid', ['apiKey', 'appId'], 'appId'],
    ['API-KEY', ['apiKey', 'appId'], 'apiKey'],
    ['tiemout', ['timeout', 'retries'], 'timeout'],
  ])('suggests the nearest known name for %s', (name, known, nearest) => {
    expect(didYouMean(name, known)).toBe(` (did you mean \`${nearest}\`?)`);
  });

  it.each([
    ['colour', ['deadline', 'timeout']],
    ['abc', ['xyz']],
    ['deadline', []],
  ])('suggests nothing for %s, which is near none of %j', (name, known) => {
    expect(didYouMean(name, known)).toBe('');
  });
});
