import { MessageChannel } from 'node:worker_threads';
import * as sdk from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';

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

  it('are instances of exactly their class and its parents', () => {
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

  it('support instanceof for classes that users derive', () => {
    class Mine extends NotFoundError {}
    expect(new Mine('x')).toBeInstanceOf(NotFoundError);
    expect(new Mine('x')).toBeInstanceOf(Mine);
    expect(new NotFoundError('x') instanceof Mine).toBe(false);
  });

  it.each([
    [400, 'NO_SUCH_CODE', 'INVALID_REQUEST'],
    [401, 'FORBIDDEN', 'UNAUTHORIZED'],
    [404, 'ASSET_NOT_FOUND', 'NOT_FOUND'],
    [409, 'ASSET_LOCKED', 'CONFLICT'],
    [409, 'SUPPLY_EXCEEDED', 'SUPPLY_EXCEEDED'],
    [410, 'GONE', 'API_ERROR'],
    [500, '500', 'INTERNAL'],
    [503, undefined, 'UNAVAILABLE'],
  ])('have the code of their class and the serverCode: %i %s', async (status, serverCode, code) => {
    const fetch = async () => Response.json({ code: serverCode }, { status });
    const error = await rejection(testClient({ fetch, retries: 0 }).assets.get('a1'));
    expect(error).toMatchObject({ status, code, serverCode });
    expect(((error as object).constructor as typeof SpydraError).code).toBe(code);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code, ...(serverCode && { serverCode }) });
  });

  it("carry the server's own message without the API key, apart from the advice", async () => {
    const apiKey = 'a-key-to-hide';
    const fetch = async () => Response.json({ message: `Denied to ${apiKey}.` }, { status: 403 });
    const error = await rejection(testClient({ apiKey, fetch, retries: 0 }).assets.get('a1'));
    const { serverMessage = '', message } = error as InstanceType<typeof SpydraError>;
    expect(serverMessage).toMatch(/^Denied to \S+$/);
    expect(serverMessage).not.toContain(apiKey);
    expect(message).toContain(`: ${serverMessage}. Ask for access`);
  });

  it('of derived classes have the code of the base class', () => {
    class Mine extends NotFoundError {}
    class Other extends SpydraError {}
    expect([new Mine('x').code, new Other('x').code]).toEqual(['NOT_FOUND', 'SPYDRA_ERROR']);
  });

  it('serialise to JSON without stack and cause', () => {
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

  it('name every invalid field in one sentence', () => {
    const error = new InvalidInputError([
      { field: 'amount', message: 'must be above zero' },
      { field: 'assetId', message: 'is required' },
    ]);
    expect(error.message).toBe('Invalid input: amount must be above zero; assetId is required.');
  });

  it('serialise to JSON with any details', () => {
    const holder: { self?: unknown; id: bigint } = { id: 123456789012345678901n };
    holder.self = holder;
    const details = {
      holder,
      items: [1n, undefined, () => {}],
      price: sdk.jsonNumber('33.333333333333333333'),
      at: new Date(0),
      never: new Date(Number.NaN),
      inner: new TypeError('inner'),
      get broken() {
        throw new Error('not readable');
      },
      serializer: {
        toJSON: () => {
          throw new Error('no');
        },
      },
    };
    const error = new ApiError('refused', { details });
    expect(JSON.parse(JSON.stringify({ error })).error.details).toEqual({
      holder: { id: '123456789012345678901', self: '[circular]' },
      items: ['1', null, null],
      price: '33.333333333333333333',
      at: '1970-01-01T00:00:00.000Z',
      never: null,
      inner: { name: 'TypeError', message: 'inner' },
      broken: '[unreadable]',
      serializer: '[unreadable]',
    });
  });

  it('serialise to JSON with details that are nested deeper than the stack', () => {
    let details: unknown = 'end';
    for (let n = 0; n < 100_000; n++) details = { details };
    expect(JSON.stringify(new ApiError('refused', { details }))).toContain('[too deep]');
  });

  it('can be posted to another thread by toJSON, with name, code and outcome', async () => {
    const error = new OutcomeUnknownError('unclear', {
      stage: 'submit',
      idempotencyKey: 'order-1',
      details: { available: 2n ** 70n, refuse: () => {} },
    });
    const { port1, port2 } = new MessageChannel();
    const received = new Promise((resolve) => {
      port2.once('message', resolve);
    });
    port1.postMessage(error.toJSON());
    expect(await received).toMatchObject({
      name: 'OutcomeUnknownError',
      code: 'OUTCOME_UNKNOWN',
      outcome: 'unknown',
      stage: 'submit',
      idempotencyKey: 'order-1',
      details: { available: String(2n ** 70n) },
    });
    port1.close();
  });
});
