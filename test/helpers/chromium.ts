import { type Browser, chromium } from 'playwright-core';
import { isMissing, pathOf } from './programs.js';

/** Whether pages can be looked at here. */
export const isChromiumHere = () => !isMissing('chromium');

/** A running browser without a window; whoever starts it closes it. */
export function startChromium(): Promise<Browser> {
  const executablePath = pathOf('chromium') ?? '';
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
