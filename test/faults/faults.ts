import { type Exchange, LATEST_MS } from './exchange.js';
import { firstHalf, ownAnswer } from './http-message.js';
import { pick, type Random, whole } from './random.js';

/** What happens to one request. */
export type Fault = (exchange: Exchange, random: Random) => unknown;

/** The request and its response arrive. */
export const pass: Fault = async (exchange) => exchange.end(await exchange.forward());

/** Applied: the server has received the whole request and responded; the client may not get the response. */
const FAULTS_AFTER = {
  'reset after the request': async (exchange) => {
    await exchange.forward();
    exchange.reset();
  },
  'reset amid the answer': async (exchange) => {
    await exchange.send(firstHalf(await exchange.forward()));
    // Time for the bytes to arrive, since a reset may overtake them.
    await exchange.pause(5);
    exchange.reset();
  },
  'answer cut short': async (exchange) => exchange.end(firstHalf(await exchange.forward())),
  'stall after the request': async (exchange) => {
    await exchange.forward();
    await exchange.gone;
  },
  '500 after the request': async (exchange) => {
    await exchange.forward();
    exchange.end(ownAnswer('500 Internal Server Error'));
  },
  '502 after the request': async (exchange) => {
    await exchange.forward();
    exchange.end(ownAnswer('502 Bad Gateway'));
  },
  'delay of the answer': async (exchange, random) => {
    const answer = await exchange.forward();
    await exchange.pause(whole(random, 10, 60));
    exchange.end(answer);
  },
} satisfies Record<string, Fault>;

/** Not applied: the server never receives the request. */
const FAULTS_BEFORE = {
  'close before reading': (exchange) => exchange.drop(),
  'reset before the request': async (exchange) => {
    await exchange.read();
    exchange.reset();
  },
  'stall before the request': async (exchange) => {
    await exchange.read();
    await exchange.gone;
  },
  '500 before the request': async (exchange) => {
    await exchange.read();
    exchange.end(ownAnswer('500 Internal Server Error'));
  },
  '502 before the request': async (exchange) => {
    await exchange.read();
    exchange.end(ownAnswer('502 Bad Gateway'));
  },
  '503 with Retry-After': async (exchange) => {
    await exchange.read();
    exchange.end(ownAnswer('503 Service Unavailable', ['Retry-After: 0']));
  },
  '429 with Retry-After': async (exchange) => {
    await exchange.read();
    exchange.end(ownAnswer('429 Too Many Requests', ['Retry-After: 0']));
  },
} satisfies Record<string, Fault>;

/** Delayed; it arrives unless the client disconnects meanwhile. */
const DELAY_BEFORE = {
  'delay of the request': async (exchange, random) => {
    await exchange.read();
    await exchange.pause(whole(random, 10, 60));
    await pass(exchange, random);
  },
} satisfies Record<string, Fault>;

/** Responses of servers while the first request under a key is in progress. */
const IN_PROGRESS = [
  '{"code":"IDEMPOTENCY_KEY_IN_USE"}',
  '{"code":"CONFLICT","message":"request in progress"}',
  '{"code":"IDEMPOTENCY_CONFLICT"}',
  '{"error":"A request with this idempotency key is being processed"}',
  '{}',
  '<html><body>409 Conflict</body></html>',
];

const inProgress = (random: Random) => ownAnswer('409 Conflict', [], pick(random, IN_PROGRESS));

/** The request arrives, or not, before or after its client got another response. */
const FAULTS_OF_WRITES = {
  '409 in progress, applied before': async (exchange, random) => {
    await exchange.forward();
    exchange.end(inProgress(random));
  },
  '409 in progress, applied later': async (exchange, random) => {
    await exchange.read();
    exchange.end(inProgress(random));
    await exchange.forwardLate(whole(random, 0, LATEST_MS));
  },
  '409 in progress, never applied': async (exchange, random) => {
    await exchange.read();
    exchange.end(inProgress(random));
  },
  '502 before a late request': async (exchange, random) => {
    await exchange.read();
    exchange.end(ownAnswer('502 Bad Gateway'));
    await exchange.forwardLate(whole(random, 0, LATEST_MS));
  },
  'stall before a late request': async (exchange, random) => {
    await exchange.read();
    await exchange.gone;
    await exchange.forwardLate(whole(random, 0, LATEST_MS));
  },
} satisfies Record<string, Fault>;

/** Sent twice: no client can prevent a repetition by the network. Only for a server that honours the key. */
const REPEAT = {
  'the request twice': async (exchange) => {
    await exchange.forward();
    exchange.end(await exchange.forward());
  },
} satisfies Record<string, Fault>;

/** All faults of the proxy, by name. */
export const FAULTS = { ...FAULTS_BEFORE, ...DELAY_BEFORE, ...FAULTS_AFTER, ...FAULTS_OF_WRITES, ...REPEAT };

export type FaultName = keyof typeof FAULTS;

const names = (table: object) => Object.keys(table) as FaultName[];

/** The faults for servers of every kind. */
export const BEARABLE_BY_ANY_SERVER: readonly FaultName[] = names({
  ...FAULTS_BEFORE,
  ...DELAY_BEFORE,
  ...FAULTS_AFTER,
  ...FAULTS_OF_WRITES,
});

const ONLY_WRITES = new Set(names(FAULTS_OF_WRITES));

/** Whether a fault applies to a request. */
export function befalls(fault: FaultName, { isWrite }: { readonly isWrite: boolean }): boolean {
  return isWrite || !ONLY_WRITES.has(fault);
}

/** The faults for a server that honours the key. */
export const ALL_FAULTS: readonly FaultName[] = names(FAULTS);
