import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { pick, type Random, whole } from '../../../../test/faults/random.js';
import { requestByNode } from './request-by-node';
import type { Stack } from './stack';

/** Something that breaks while people buy. */
export interface Fault {
  readonly name: string;
  /** Breaks it; returns what mends it. */
  happen(stack: Stack, pages: readonly Page[], random: Random): Promise<() => Promise<void>>;
}

/** Milliseconds for which a server is away. */
const OUTAGE = 5_000;
/** A commit takes longer: the backend writes, and the front end gets an error of nginx. */
const IMPATIENT = 'location = /api/spydra/tokens/purchase { proxy_pass http://backends; proxy_read_timeout 300ms; }';

export const FAULTS: readonly Fault[] = [
  {
    name: 'a backend is killed',
    async happen({ backends }, _pages, random) {
      const backend = pick(random, backends);
      await backend.kill();
      return () => backend.start();
    },
  },
  {
    name: 'an instance of the front end is killed',
    async happen({ web }, _pages, random) {
      const instance = pick(random, web.instances);
      await instance.kill();
      return () => instance.start();
    },
  },
  {
    name: 'the ledger is down for 5 s',
    async happen({ sandbox }) {
      await sandbox.kill();
      await sleep(OUTAGE);
      return () => sandbox.start();
    },
  },
  {
    name: 'the answer is lost between backend and front end',
    async happen({ directory, nginx }) {
      const site = join(directory, 'sites/web.conf');
      const configuration = await readFile(site, 'utf8');
      const use = async (text: string) => {
        await writeFile(site, text);
        nginx.signal('SIGHUP');
      };
      await use(configuration.replace('location /api/spydra/ {', `${IMPATIENT}\n  $&`));
      return async () => {
        await sleep(OUTAGE);
        await use(configuration);
      };
    },
  },
  {
    name: 'the answer is lost between front end and browser',
    async happen(_stack, pages, random) {
      const lose = pages.map((page) => loseAnswers(page, whole(random, 1, 2), random() < 0.75));
      await Promise.all(lose);
      return async () => {};
    },
  },
  {
    // The last one: backends that find Redis empty take every key as uncertain for a while.
    name: 'Redis is killed',
    async happen({ redis }) {
      await redis.kill();
      await sleep(OUTAGE);
      return () => redis.start();
    },
  },
];

/** The first requests that send the order of this page get no answer; the front end gets them, or not. */
async function loseAnswers(page: Page, count: number, areSent: boolean): Promise<void> {
  const send = '**/api/orders/*/send';
  await page.context().route(
    send,
    async (route, request) => {
      if (areSent) await requestByNode(request).catch(() => {});
      // A page that was loaded again has given up the request.
      await route.abort('connectionreset').catch(() => {});
    },
    { times: count },
  );
}
