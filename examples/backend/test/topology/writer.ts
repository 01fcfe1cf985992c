import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringifyJson } from 'spydra-sdk';
import type { Answer, Client } from './client.js';
import type { Market } from './market.js';

/** What is known of a write: of one request, or in the end. */
export type Word = 'done' | 'not-applied' | 'unknown';

/** One request of a write. Times are of `performance.now()`. */
export interface Attempt {
  readonly beganAt: number;
  readonly endedAt: number;
  readonly word: Word;
  readonly status: number | undefined;
  readonly code: string | undefined;
}

/** One write, whose mark its record on the ledger carries. */
export interface Write {
  readonly mark: string;
  /** What was asked for. */
  readonly order: string;
  readonly isKeyed: boolean;
  readonly attempts: readonly Attempt[];
  readonly word: Word;
  readonly transactionId: string | undefined;
}

export interface WriterOptions {
  readonly client: Client;
  readonly market: Market;
  /**
   * Whether writes carry an Idempotency-Key and are repeated under it until it is known what became of them, as a good
   * client does. One without a key sends each write once, and must not find it applied twice.
   */
  readonly isKeyed: boolean;
  /** Sabotage: repeats, but without the key. */
  readonly dropsKeys: boolean;
}

const UPDATE_EVERY = 4;
const REFUSED_EVERY = 7;
/** Milliseconds between the requests of one write, and after which it counts as unknown. */
const PAUSE = 250;
const PATIENCE = 90_000;

/** Makes one write after the other until it is stopped. */
export async function writeOn(options: WriterOptions, written: Write[], stop: AbortSignal): Promise<void> {
  for (let number = 1; !stop.aborted; number++) written.push(await write(options, number));
}

async function write(options: WriterOptions, number: number): Promise<Write> {
  const { client, market, isKeyed, dropsKeys } = options;
  const mark = randomUUID();
  const { route, body } = orderOf(market, number, mark);
  const headers = isKeyed && !dropsKeys ? { 'Idempotency-Key': mark } : {};
  const attempts: Attempt[] = [];
  const giveUp = Date.now() + PATIENCE;
  for (;;) {
    const beganAt = performance.now();
    const answer = await client.send(route, { body, headers });
    const word = wordOf(answer);
    attempts.push({ beganAt, endedAt: performance.now(), word, status: answer?.status, code: answer?.body.code });
    // Nothing is written under a key while an earlier request may still be applied: a refusal is of all of them.
    const isAnswered = word === 'done' || isRefusal(answer);
    if (isAnswered || !isKeyed || Date.now() > giveUp) {
      const isSure = isAnswered || attempts.every((attempt) => attempt.word === 'not-applied');
      const order = `${route} ${stringifyJson(body)}`;
      const { transactionId } = answer?.body.data ?? {};
      return { mark, order, isKeyed, attempts, word: isSure ? word : 'unknown', transactionId };
    }
    await sleep(PAUSE);
  }
}

/** Mostly transfers; some updates, which are PUT; and some transfers that the ledger refuses. */
function orderOf({ assetId, seller, pauper, buyer }: Market, number: number, mark: string) {
  if (number % UPDATE_EVERY === 0) {
    const updates = { description: `Flat ${number}`, metadata: { mark } };
    return { route: `PUT /assets/${assetId}`, body: { updates, updaterWallet: 'treasury' } };
  }
  const fromWallet = number % REFUSED_EVERY === 0 ? pauper : seller;
  const body = { assetId, fromWallet, toWallet: buyer, amount: 1, metadata: { mark } };
  return { route: 'POST /tokens/transfer', body };
}

function wordOf(answer: Answer | undefined): Word {
  if (answer === undefined || answer.status === 500 || answer.status === 504) return 'unknown';
  return answer.status < 300 ? 'done' : 'not-applied';
}

/** It would be refused again. */
function isRefusal(answer: Answer | undefined): boolean {
  return answer !== undefined && answer.status >= 400 && answer.status < 500 && answer.status !== 429;
}
