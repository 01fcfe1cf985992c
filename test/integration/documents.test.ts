import { manualClock } from 'spydra-sdk/sandbox';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { fakeTime } from '../helpers/time.js';

describe('a document that is added to an asset', () => {
  /** A ledger whose next block is cut by the test. */
  async function waiting() {
    const clock = manualClock();
    const { sandbox, spydra } = sandboxed({ blockTime: 2_000, clock }, { uncertaintyWindow: 60_000 });
    const block = () => clock.advance(2_000);
    const blocks = setInterval(block, 10);
    const assetId = await minted(spydra, 1n);
    clearInterval(blocks);
    return { sandbox, spydra, assetId, block };
  }

  it('can be read when the call resolves as committed', async () => {
    const { spydra, assetId, block, sandbox } = await waiting();
    let isOver = false;
    const added = spydra.assets.addMetadata(assetId, { deed: 'sha256:4f' }).finally(() => {
      isOver = true;
    });
    await expect.poll(async () => (await spydra.transactions.list({ assetId, type: 'metadata' })).total).toBe(1);
    const height = sandbox.blocks.length;
    expect(isOver).toBe(false);
    block();
    const { metadataId, status } = await added;
    expect(status).toBe('committed');
    expect(sandbox.blocks.length).toBeGreaterThan(height);
    expect(await spydra.assets.getMetadata(metadataId)).toMatchObject({ deed: 'sha256:4f' });
  });

  it('is pending, with its id, if it cannot be read before the deadline', async () => {
    const { spydra, assetId, block } = await waiting();
    const pass = fakeTime();
    const adding = spydra.assets.addMetadata(assetId, { a: 1 }, { deadline: 1_000 });
    await pass(1_000);
    const { metadataId, status } = await adding;
    expect(status).toBe('pending');
    expect(await rejection(spydra.assets.getMetadata(metadataId))).toMatchObject({ code: 'NOT_FOUND' });
    block();
    expect(await spydra.assets.getMetadata(metadataId)).toMatchObject({ a: 1 });
  });

  it('is pending at once with confirm: false', async () => {
    const { spydra, assetId } = await waiting();
    expect(await spydra.assets.addMetadata(assetId, {}, { confirm: false })).toMatchObject({ status: 'pending' });
  });

  it.each([
    ['no key and another content', { metadata: { deed: 'y' } }, 200],
    ['nothing, and will never be readable', { code: 'FORBIDDEN' }, 403],
  ])('is pending if the document under its id has %s', async (_name, body, status) => {
    const spydra = testClient({
      retries: 0,
      fetch: async (_url, init) =>
        init?.method === 'POST' ? Response.json({ metadataId: 'm1' }) : Response.json(body, { status }),
    });
    expect((await spydra.assets.addMetadata('a1', { deed: 'x' })).status).toBe('pending');
  });

  it('has an unknown outcome if the document under its id belongs to another write', async () => {
    const metadata = { deed: 'x', idempotencyKey: 'another' };
    const spydra = testClient({
      fetch: async (_url, init) => Response.json(init?.method === 'POST' ? { metadataId: 'm1' } : { metadata }),
    });
    const error = await rejection(spydra.assets.addMetadata('a1', { deed: 'x' }));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('is committed if the server dropped the key and kept the content', async () => {
    const spydra = testClient({
      fetch: async (_url, init) =>
        Response.json(init?.method === 'POST' ? { metadataId: 'm1' } : { metadata: { deed: 'x', at: 1 } }),
    });
    expect((await spydra.assets.addMetadata('a1', { deed: 'x' })).status).toBe('committed');
  });
});
