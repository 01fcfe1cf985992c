import { nearest } from '../express/index.js';

/** Variables of the SDK. */
const OF_THE_SDK = [
  ...[
    'API_KEY',
    'PROJECT_ID',
    'NETWORK_ID',
    'APP_ID',
    'ASSET_SCHEMA_ID',
    'BASE_URL',
    'PLATFORM_URL',
    'TIMEOUT',
    'RETRIES',
    'DEBUG',
  ],
].map((name) => `SPYDRA_${name}`);
/** Shorter names are too similar to those of other programs: HOST, HOME. */
const SHORTEST = 8;

/**
 * Returns warnings for unknown variables that look like a misspelled known one. Not an error: the environment has
 * variables of other programs too.
 *
 * @param known - the variables that the server reads
 */
export function misspelled(environment: NodeJS.ProcessEnv, known: readonly string[]): string[] {
  const read = [...known, ...OF_THE_SDK];
  return Object.keys(environment)
    .filter((name) => name.length >= SHORTEST && environment[name] && !read.includes(name))
    .flatMap((name) => {
      const meant = nearest(name, read) ?? read.find((each) => name === `${each}_FILE`);
      return meant === undefined ? [] : [`The variable ${name} is not read: did you mean ${meant}?`];
    });
}
