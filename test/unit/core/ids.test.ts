import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idProblem } from '../../../src/core/ids.js';
import { READABLE, UNREACHABLE, WRITTEN } from '../../helpers/ids.js';

describe('idProblem', () => {
  it.each(Object.entries(WRITTEN))('accepts in writes: %s', (_name, id) => {
    expect(idProblem(id, 'write')).toBeUndefined();
  });

  it.each(Object.entries(READABLE))('accepts in reads alone: %s', (_name, id) => {
    expect(idProblem(id, 'write')).toBeTypeOf('string');
    expect(idProblem(id, 'read')).toBeUndefined();
  });

  it.each(Object.entries(UNREACHABLE))('refuses: %s', (_name, id) => {
    expect(idProblem(id, 'read')).toBeTypeOf('string');
    expect(idProblem(id, 'write')).toBeTypeOf('string');
  });

  it('accepts only what a path carries back unchanged as one segment', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('.', '..', 'a/b', '%2e%2e')), (id) => {
        if (idProblem(id, 'read')) return;
        const { pathname } = new URL(`https://host/assets/${encodeURIComponent(id)}`);
        expect(decodeURIComponent(pathname.slice('/assets/'.length))).toBe(id);
        expect(pathname.split('/')).toHaveLength(3);
      }),
    );
  });
});
