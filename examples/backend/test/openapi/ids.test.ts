import { idProblem } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { CHARACTERS } from '../../../../test/helpers/ids.js';
import { openApiDocument } from '../../openapi/document.js';

describe('the pattern of ids in the contract', () => {
  const { paths = {} } = openApiDocument('/api/spydra');
  const patternIn = (schema: unknown) => (schema as { pattern: string }).pattern;
  const body = paths['/tokens/mint']?.post?.requestBody as { content: Record<string, { schema: unknown }> };
  const { properties = {} } = (body.content['application/json']?.schema ?? {}) as {
    properties?: Record<string, unknown>;
  };
  const [inPath] = (paths['/assets/{assetId}']?.get?.parameters ?? []) as { schema: unknown }[];
  const write = patternIn(properties.recipientWallet);
  const read = patternIn(inPath?.schema);

  it('accepts every valid id, with the flag u and without it', () => {
    const wrong = CHARACTERS.filter((character) => {
      const id = `a${character}b`;
      const isNormal = id === id.normalize('NFC') && character.length === 1;
      const saysWrite = [new RegExp(write, 'u'), new RegExp(write)].map((pattern) => pattern.test(id));
      const saysRead = [new RegExp(read, 'u'), new RegExp(read)].map((pattern) => pattern.test(id));
      const isRead = idProblem(id, 'read') === undefined;
      const isWritten = idProblem(id, 'write') === undefined;
      return saysRead.some((says) => says !== isRead) || (isNormal && saysWrite.some((says) => says !== isWritten));
    });
    expect(wrong.map(escape)).toEqual([]);
  });

  it('comes with the maximum length', () => {
    expect(properties.recipientWallet).toMatchObject({ maxLength: 256 });
    expect(inPath?.schema).not.toHaveProperty('maxLength');
  });
});
