import { spawnSync } from 'node:child_process';
import { warn } from 'node:console';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian's package puts it. */
const CHROMIUM = '/usr/bin/chromium';

/** Whether pages can be looked at here. Says so where they cannot: what is skipped then was not tested. */
export function isChromiumHere(): boolean {
  const isHere = spawnSync(CHROMIUM, ['--version']).status === 0;
  if (!isHere) warn(`SKIPPED: there is no ${CHROMIUM}, so nobody looks at pages.`);
  return isHere;
}

/** A running browser without a window; whoever starts it closes it. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
