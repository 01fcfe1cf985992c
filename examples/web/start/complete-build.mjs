/* Adds to the standalone output what a CDN would serve otherwise. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const WEB = join(import.meta.dirname, '..');

cpSync(join(WEB, '.next/static'), join(WEB, '.next/standalone/.next/static'), { recursive: true });
// Its time says of which sources the build is.
writeFileSync(join(WEB, '.next/standalone/complete'), '');
