/*
 * Each idempotency key has two entries in Redis, and each group of keys a third one. All three are in one cluster slot.
 *
 * KEYS[1], the lock: a token of the call that holds it. It expires unless it is renewed.
 * KEYS[2], the writers: a sorted set of the processes that may have sent a write under the key; the score is when, by
 *   the clock of Redis, nothing that the process has sent can be applied any more. No process removes another's entry.
 * KEYS[3], the memory: since when Redis holds the entries of this group. It has no time to live: it is missing only
 *   where Redis has lost its data, or is new.
 *
 * Times are in milliseconds. The clock of Redis may be set back: a time that is too far ahead is shortened.
 */

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

const EXPIRE_WRITERS = `
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
if last then redis.call('PEXPIREAT', KEYS[2], last) end`;

/** Starts the memory of a group unless it exists. KEYS: the memory only. */
export const REMEMBER = `${NOW}
return redis.call('SET', KEYS[1], now, 'NX')`;

/**
 * Acquires the lock; nil: it is held. Returns 1 where another process may have sent a write that may still be applied.
 * ARGV: token, process, lock time, uncertainty.
 */
export const ACQUIRE = `${NOW}
local lockTime, uncertainty = tonumber(ARGV[3]), tonumber(ARGV[4])
local since = tonumber(redis.call('GET', KEYS[3]) or now + 1)
if since > now then
  since = now
  redis.call('SET', KEYS[3], now)
end
if redis.call('PTTL', KEYS[1]) > lockTime then redis.call('PEXPIRE', KEYS[1], lockTime) end
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', lockTime) then return false end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local latest = now + uncertainty
for _, writer in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. latest, '+inf')) do
  redis.call('ZADD', KEYS[2], latest, writer)
end${EXPIRE_WRITERS}
local others = redis.call('ZCARD', KEYS[2]) - (redis.call('ZSCORE', KEYS[2], ARGV[2]) and 1 or 0)
return (others > 0 or since > now - uncertainty) and 1 or 0`;

/**
 * Records the process as a writer; nil: the lock is lost. Returns its previous score, or an empty text.
 * ARGV: token, process, uncertainty.
 */
export const NOTE_WRITER = `${NOW}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
local before = redis.call('ZSCORE', KEYS[2], ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2])${EXPIRE_WRITERS}
return before or ''`;

/** Renews the lock, and the writer if recorded; 0: the lock is lost. ARGV: token, process, lock time, uncertainty. */
export const RENEW = `${NOW}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], 'XX', now + ARGV[4], ARGV[2])${EXPIRE_WRITERS}
return 1`;

/** After a write: the process stays a writer for the window. 0: the lock is lost. ARGV: token, process, window. */
export const RELEASE_USED = `${NOW}
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2])${EXPIRE_WRITERS}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** After a call that sent nothing: reverts NOTE_WRITER. ARGV: token, process, its previous score, or 'keep'. */
export const RELEASE_UNUSED = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('ZREM', KEYS[2], ARGV[2]) end
if tonumber(ARGV[3]) then redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2]) end
return redis.call('DEL', KEYS[1])`;
