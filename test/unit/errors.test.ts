import * as sdk from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';

const { NotFoundError, ApiError, SpydraError, RateLimitError, OutcomeUnknownError, InvalidInputError } = sdk;

describe('errors', () => {
  it('each have a name and a code of their own', () => {
    const classes = Object.values(sdk).filter(
      (value): value is typeof SpydraError => typeof value === 'function' && value.prototype instanceof Error,
    );
    expect(classes.length).toBeGreaterThan(20);
    expect(new Set(classes.map((type) => type.kind)).size).toBe(classes.length);
    expect(new Set(classes.map((type) => type.code)).size).toBe(classes.length);
    for (const type of classes) expect(type.kind).toBe(type.name);
  });

  it('are instances of their class and its parents, and of no other', () => {
    const error = new NotFoundError('gone');
    for (const type of [NotFoundError, ApiError, SpydraError, Error]) expect(error).toBeInstanceOf(type);
    expect(error).not.toBeInstanceOf(RateLimitError);
    for (const value of [null, undefined, 1, 'x', {}, new Error('x')]) expect(value instanceof SpydraError).toBe(false);
  });

  it('are instances across two copies of the package', async () => {
    vi.resetModules();
    const copy = await import('spydra-sdk');
    expect(copy.NotFoundError).not.toBe(NotFoundError);
    const error = new copy.NotFoundError('gone');
    expect(error instanceof NotFoundError && error instanceof SpydraError).toBe(true);
    expect(error instanceof RateLimitError).toBe(false);
  });

  it('keep instanceof honest for classes that users derive', () => {
    class Mine extends NotFoundError {}
    expect(new Mine('x')).toBeInstanceOf(NotFoundError);
    expect(new Mine('x')).toBeInstanceOf(Mine);
    expect(new NotFoundError('x') instanceof Mine).toBe(false);
  });

  it('become plain data in JSON, without stack and cause', () => {
    const cause = new Error('inner');
    const error = new OutcomeUnknownError('unclear', {
      stage: 'commit',
      transactionId: 't1',
      idempotencyKey: 'k',
      cause,
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'OutcomeUnknownError',
      message: 'unclear',
      code: 'OUTCOME_UNKNOWN',
      retryable: false,
      outcome: 'unknown',
      stage: 'commit',
      transactionId: 't1',
      idempotencyKey: 'k',
    });
    expect(error.cause).toBe(cause);
  });

  it('name every bad field in one sentence', () => {
    const error = new InvalidInputError([
      { field: 'amount', message: 'must be above zero' },
      { field: 'assetId', message: 'is required' },
    ]);
    expect(error.message).toBe('Invalid input: amount must be above zero; assetId is required.');
  });
});
