import * as z from 'zod/mini';
import { variable } from '../core/runtime.js';
import { matches } from '../core/schemas.js';
import { cannotStart, configure } from '../core/validate.js';
import { ConfigurationError, type FieldProblem } from '../errors.js';
import type { TransportSettings } from '../http/transport.js';
import { optionSchemas } from '../options.js';
import { loggerOf } from '../telemetry/logger.js';
import type { PlatformLedgerOptions } from './index.js';

/** The options of a platform ledger after defaults and checks. */
export interface PlatformSettings extends TransportSettings {
  readonly appId: string;
  readonly identity: string | undefined;
  readonly writeLocks: 'adaptive' | 'always' | 'never';
}

const { apiKey, appId, fetch, logger, writeLocks } = optionSchemas;

const schema = z.strictObject({
  baseUrl: z
    .optional(optionSchemas.baseUrl)
    .check(
      z.refine(
        (url) => url === undefined || !/\/fabric(?:\/|$)/.test(url),
        'must end before /fabric: the app is `appId`',
      ),
    ),
  membershipId: z.optional(z.string().check(matches(/^[A-Za-z0-9-]{1,63}$/, 'must be of letters, digits and hyphens'))),
  appId,
  apiKey,
  identity: z.optional(z.string().check(matches(/\S/, 'must not be empty'))),
  fetch,
  logger,
  writeLocks,
});

/** Milliseconds for which a function may take to return the API key. */
const KEY_TIMEOUT = 30_000;

/** Variables of the REST API alone: with one of them, an id or a key may be meant for that. */
const OF_REST = ['SPYDRA_PROJECT_ID', 'SPYDRA_BASE_URL'] as const;
const VARIABLES = { baseUrl: 'SPYDRA_PLATFORM_URL', appId: 'SPYDRA_APP_ID', apiKey: 'SPYDRA_API_KEY' } as const;

/**
 * Merges options over environment, and checks all of it.
 *
 * @throws ConfigurationError naming everything that is missing, wrong, not known or ambiguous
 */
export function platformSettings(options: PlatformLedgerOptions): PlatformSettings {
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(Object(options)).filter(([, value]) => value !== undefined),
  );
  const hasPlace = given.baseUrl !== undefined || given.membershipId !== undefined;
  for (const [option, name] of Object.entries(VARIABLES)) {
    if (given[option] !== undefined || (option === 'baseUrl' && hasPlace)) continue;
    given[option] = variable(name);
    if (option !== 'baseUrl' && given[option] !== undefined) refuseAmbiguous(name);
  }
  const { membershipId, baseUrl, ...checked } = configure(schema, given, explain);
  if (baseUrl !== undefined && membershipId !== undefined) {
    throw invalid([{ field: 'membershipId', message: 'must not be given beside `baseUrl`' }]);
  }
  if (baseUrl === undefined && membershipId === undefined) {
    throw invalid([{ field: 'baseUrl (SPYDRA_PLATFORM_URL)', message: 'is missing, and membershipId in place of it' }]);
  }
  return {
    ...checked,
    apiKey: checked.apiKey as PlatformSettings['apiKey'],
    baseUrl: baseUrl ?? `https://${membershipId}.spydra.app`,
    identity: checked.identity,
    fetch: checked.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    logger: checked.logger && loggerOf(checked.logger),
    timeout: KEY_TIMEOUT,
  };
}

/** @throws ConfigurationError if the variable may be that of the REST API, so that a key would go to another server */
function refuseAmbiguous(name: string): void {
  const other = OF_REST.find((each) => variable(each) !== undefined);
  if (other === undefined) return;
  throw new ConfigurationError(
    `The platform ledger cannot start: ${name} may be that of Spydra's platform or of its REST API, since ${other} is set too. Unset ${other}, or pass appId and apiKey as options.`,
  );
}

function explain(problems: readonly FieldProblem[]): string {
  return invalid(
    problems.map(({ field, message }) => {
      const name = Object.hasOwn(VARIABLES, field) && VARIABLES[field as keyof typeof VARIABLES];
      return { field: name ? `${field} (${name})` : field, message };
    }),
  ).message;
}

function invalid(problems: readonly FieldProblem[]): ConfigurationError {
  return new ConfigurationError(cannotStart('The platform ledger', problems));
}
