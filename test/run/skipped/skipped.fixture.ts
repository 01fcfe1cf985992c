import { expect, test } from 'vitest';
import { isMissing } from '../../helpers/programs.js';
import { redisServer } from '../../helpers/redis.js';

/* Tests of which one needs a program. */

test.skipIf(isMissing('redis-server'))('needs Redis', async () => {
  expect(await (await redisServer()).ask('PING')).toBe('PONG');
});

test('needs nothing', () => {});
