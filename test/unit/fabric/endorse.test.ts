import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { grpcError, MISMATCH, UNAVAILABLE } from '../../helpers/fake-gateway.js';
import { ended, setUp } from './set-up.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an endorsement', () => {
  it.each([
    ['of peers of which one is a block behind', MISMATCH],
    ['of peers that are not available', UNAVAILABLE],
    [
      'of too few peers',
      () => grpcError(10, 'ABORTED: failed to collect enough transaction endorsements', 'connection error'),
    ],
    ['without a plan', () => grpcError(9, 'FAILED_PRECONDITION: no combination of peers can be derived')],
  ])('%s is asked for again', async (_, failure) => {
    const { gateway, mint, balance } = await setUp();
    gateway.failures.endorse = [failure(), failure()];
    expect(await ended(mint())).toMatchObject({ status: 'committed' });
    expect(gateway.count('endorse')).toBe(3);
    expect(gateway.count('submit')).toBe(1);
    expect(await balance()).toBe('7');
  });

  const REFUSED_BY_SECOND = () =>
    grpcError(
      10,
      'ABORTED: failed to collect enough transaction endorsements',
      'chaincode response 500, {"code":"NOT_FOUND","message":"No asset."}',
    );
  const NOT_FOUND_YET = () =>
    grpcError(
      9,
      'FAILED_PRECONDITION: no combination of peers can be derived which satisfy the endorsement policy: no peer combination can satisfy the endorsement policy',
    );

  it.each([
    ['which peers give differently', MISMATCH],
    ['which one peer gives and another one refuses', REFUSED_BY_SECOND],
    ['for which peers have not found each other yet', NOT_FOUND_YET],
  ])('%s is asked for again whatever `retries` allows, until the call is over', async (_, failure) => {
    const { gateway, spydra, assetId, mint, balance } = await setUp({ retries: 0 });
    gateway.failures.endorse = Array.from({ length: 20 }, failure);
    expect(await ended(mint({ deadline: 60_000 }))).toMatchObject({ status: 'committed' });
    expect([gateway.count('endorse'), gateway.count('submit')]).toEqual([21, 1]);
    expect(await balance()).toBe('7');

    gateway.failures.endorse = Array.from({ length: 1_000 }, failure);
    const input = { assetId, recipientWallet: 'alice', amount: 7n };
    const error = await ended(rejection(spydra.tokens.mint(input, { deadline: 10_000 })));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-applied', retryable: true });
    expect(gateway.count('submit')).toBe(1);
    expect(await balance()).toBe('7');
  });

  it('for an unknown chaincode is asked for again as `retries` allows', async () => {
    const { gateway, spydra, assetId } = await setUp({ retries: 2 });
    const unknown = () => grpcError(9, 'FAILED_PRECONDITION: No metadata was found for chaincode spydra in channel ch');
    gateway.failures.endorse = Array.from({ length: 10 }, unknown);
    const input = { assetId, recipientWallet: 'alice', amount: 7n };
    expect(await ended(rejection(spydra.tokens.mint(input)))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(gateway.count('endorse')).toBe(3);
  });

  it('that is too large is not asked for again, and denies no earlier call under the key', async () => {
    const { gateway, spydra, assetId, mint } = await setUp();
    const tooLarge = () => grpcError(8, 'RESOURCE_EXHAUSTED: Received message larger than max (5000000 vs 4194304)');
    gateway.failures.endorse = [tooLarge(), tooLarge()];
    const input = { assetId, recipientWallet: 'alice', amount: 7n };
    expect(await ended(rejection(spydra.tokens.mint(input)))).toMatchObject({
      code: 'INVALID_REQUEST',
      outcome: 'not-applied',
    });
    const error = await ended(rejection(mint()));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', stage: 'submit' });
    expect((error as Error).message).toContain("'grpc.max_receive_message_length': -1");
    expect([gateway.count('endorse'), gateway.count('submit')]).toEqual([2, 0]);
  });

  it('that fails in the end orders nothing, and an earlier call under the key is not denied', async () => {
    const { gateway, spydra, assetId, mint } = await setUp({ retries: 0 });
    gateway.failures.endorse = [UNAVAILABLE(), UNAVAILABLE()];
    expect(await ended(rejection(mint()))).toMatchObject({ code: 'OUTCOME_UNKNOWN', stage: 'submit', retryable: true });
    const unkeyed = spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n });
    expect(await ended(rejection(unkeyed))).toMatchObject({
      code: 'CONNECTION',
      outcome: 'not-applied',
      retryable: true,
    });
    expect(gateway.count('submit')).toBe(0);
  });
});
