import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { type Listed, ListServer } from '../../helpers/list-server.js';
import { scaled } from '../../helpers/scale.js';
import { fakeTime } from '../../helpers/time.js';
import { Watcher } from '../../helpers/watcher.js';

/*
 * Transactions are committed, late and out of order, while the server fails and the watcher is stopped and resumed: each
 * that shows within the overlap is reported, none that is not committed, and none twice unless its checkpoint was not
 * kept.
 */

const OVERLAP = 60_000;

type Step =
  | { readonly kind: 'commit' | 'submit'; readonly age: number }
  | { readonly kind: 'finish'; readonly pick: number; readonly status: 'CONFIRMED' | 'FAILED' }
  | { readonly kind: 'burst' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'server'; readonly status: 200 | 500 | 503 }
  | { readonly kind: 'restart'; readonly isKept: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('commit', 'submit'),
      age: fc.integer({ min: -90_000, max: OVERLAP }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit'), age: fc.integer({ min: 0, max: 5_000 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('finish'),
      pick: fc.nat(50),
      status: fc.constantFrom('CONFIRMED', 'FAILED'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.constantFrom(1, 300, 2_500, 12_000, 45_000, 150_000) }),
  },
  // So many that most polls read only the end of the list.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('burst') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('server'), status: fc.constantFrom(200, 500, 503) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), isKept: fc.boolean() }) },
);

afterEach(() => void vi.useRealTimers());

it('a watch reports each commit that shows within the overlap, and nothing else', async () => {
  const pass = fakeTime();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const server = new ListServer();
      const mayBeReported = new Set<string>();
      const expected = new Set<string>();
      const pending: Listed[] = [];
      const reported: string[] = [];
      let lost = 0;
      let run = watchFrom('beginning');

      function watchFrom(from: string) {
        const client = server.client();
        const watcher = new Watcher(
          client,
          { from: from === 'beginning' ? from : JSON.parse(from), overlap: OVERLAP },
          ({ record }) => {
            expect(mayBeReported).toContain(record.transactionId);
            reported.push(record.transactionId);
          },
        );
        return { client, watcher, from };
      }
      const commit = ({ transactionId, timestamp }: Listed) => {
        mayBeReported.add(transactionId);
        if (Date.now() - timestamp <= OVERLAP) expected.add(transactionId);
      };
      for (const [n, each] of steps.entries()) {
        if (each.kind === 'pass') await pass(each.ms);
        if (each.kind === 'commit') commit(server.add(`t${n}`, Date.now() - each.age));
        for (let i = 0; each.kind === 'burst' && i < 120; i++) commit(server.add(`t${n}-${i}`, Date.now() - 10 * i));
        if (each.kind === 'submit') pending.push(server.add(`t${n}`, Date.now() - each.age, 'PENDING'));
        if (each.kind === 'finish' && pending.length > 0) {
          const [listed] = pending.splice(each.pick % pending.length, 1) as [Listed];
          listed.status = each.status;
          if (each.status === 'CONFIRMED') commit(listed);
        }
        if (each.kind === 'server') {
          server.failure = each.status === 200 ? undefined : () => new Response('', { status: each.status });
        }
        if (each.kind === 'restart') {
          await run.client.close();
          const kept = run.watcher.checkpoint ?? run.from;
          if (!each.isKept) lost += run.watcher.ids.length;
          run = watchFrom(each.isKept ? kept : run.from);
        }
      }
      server.failure = undefined;
      await pass(120_000);
      await run.client.close();
      expect(await run.watcher.ended).toMatchObject({ code: 'CLIENT_CLOSED' });
      expect([...expected].filter((id) => !reported.includes(id))).toEqual([]);
      expect(reported.length - new Set(reported).size).toBeLessThanOrEqual(lost);
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: scaled(25) },
  );
});
