import { readFileSync } from 'node:fs';

/** The configuration, read from the environment. */
export interface Config {
  /** Signs sessions and orders; shared by all instances. */
  readonly webSecret: string;
  /** Signs the tokens that the backend verifies. */
  readonly jwtSecret: string;
  readonly jwtIssuer: string;
  readonly jwtAudience: string;
  /** Where the backend's routes are mounted. */
  readonly backendUrl: string;
  /** The metrics of each backend; empty: the health panel shows none. */
  readonly metricsUrls: readonly string[];
  readonly usersFile: string;
  /** The wallet that tokens are minted into and sold from. */
  readonly treasuryWallet: string;
  /** The origin of the pages, if a proxy changes the Host header. */
  readonly origin: string | undefined;
}

let known: Config | undefined;

/**
 * Returns the configuration. It is read at the first request, since a build needs none.
 *
 * @throws Error that names all problems at once.
 */
export function config(): Config {
  known ??= readConfig(process.env);
  return known;
}

/** @throws Error that names all problems at once. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const given = (name: string) => environment[name]?.trim() || fileOf(environment[`${name}_FILE`]);
  const required = (name: string, least = 1) => {
    const value = given(name) ?? '';
    if (value.length < least) problems.push(`${name} ${value ? `needs ${least} characters or more` : 'is missing'}`);
    return value;
  };
  const read: Config = {
    webSecret: required('WEB_SECRET', 32),
    jwtSecret: required('JWT_SECRET', 32),
    jwtIssuer: required('JWT_ISSUER'),
    jwtAudience: required('JWT_AUDIENCE'),
    backendUrl: (given('BACKEND_URL') ?? 'http://localhost:3001/api/spydra').replace(/\/+$/, ''),
    metricsUrls: (given('BACKEND_METRICS_URLS') ?? '').split(/[\s,]+/).filter(Boolean),
    usersFile: required('USERS_FILE'),
    treasuryWallet: given('TREASURY_WALLET') ?? 'wallet-treasury',
    origin: given('WEB_ORIGIN'),
  };
  for (const url of [read.backendUrl, ...read.metricsUrls, ...(read.origin ? [read.origin] : [])]) {
    if (!URL.canParse(url) || !/^https?:/.test(url)) problems.push(`${url} is not an http(s) URL`);
  }
  if (problems.length > 0) throw new Error(`The configuration is not valid: ${problems.join('; ')}.`);
  return Object.freeze(read);
}

function fileOf(path: string | undefined): string | undefined {
  return path ? readFileSync(path, 'utf8').trim() : undefined;
}
