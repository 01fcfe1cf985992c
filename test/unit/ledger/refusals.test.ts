import { describe, expect, it } from 'vitest';
import { endOf } from '../../helpers/client.js';
import { OddServer } from '../../helpers/faulty-server.js';
import { MINT } from '../../helpers/scripted-ledger.js';

/** A network that repeats a request, and returns the refusal of the repetition. */
const repeated = (status: number, body: object) =>
  new OddServer({
    answer: ({ n, apply }) => {
      if (n === 1) apply();
      return Response.json(body, { status });
    },
  });

describe('an applied write whose repetition was refused', () => {
  it.each([
    [401, { code: 'IDEMPOTENCY_CONFLICT' }],
    [404, { code: 'IDEMPOTENCY_CONFLICT' }],
    [429, { code: 'IDEMPOTENCY_CONFLICT' }],
    [400, { error: { code: 'IDEMPOTENCY_CONFLICT', message: 'The key was used.' } }],
    [404, { error: { code: 'IDEMPOTENCY_CONFLICT', message: 'The key was used.' } }],
    [422, { error: 'IDEMPOTENCY_CONFLICT', message: 'Rejected.' }],
    [400, { error: 'REQUEST_IN_PROGRESS', message: 'Rejected.' }],
    [403, { error: { code: 'DUPLICATE_REQUEST', message: 'Rejected.' } }],
    [418, { code: 'IDEMPOTENCY_CONFLICT' }],
    [500, { code: 'INSUFFICIENT_BALANCE' }],
    [503, { code: 'SUPPLY_EXCEEDED' }],
    [503, { error: { code: 'IDEMPOTENCY_CONFLICT' } }],
  ])('is found, and not reported as not applied: %i %j', async (status, body) => {
    const server = repeated(status, body);
    expect(await endOf(server.client({ retries: 0 }).tokens.mint(MINT))).toMatchObject({ status: 'committed' });
    expect(server.writes).toBe(1);
  });
});
