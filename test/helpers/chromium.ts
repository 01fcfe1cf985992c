import { type Browser, chromium } from 'playwright-core';
import { isMissing, pathOf } from './programs.js';

/** Whether Chromium is installed. */
export const isChromiumHere = () => !isMissing('chromium');

/** A running headless browser; the caller closes it. */
export function startChromium(): Promise<Browser> {
  const executablePath = pathOf('chromium') ?? '';
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
