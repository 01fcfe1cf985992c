import { refuseUnknown } from './unknown-names.js';

/** How the API of Spydra's platform responds where its documentation does not say, or clients have seen something else. */
export interface PlatformOptions {
  /** The status of success: 200, the default, or 201. */
  readonly status?: 200 | 201 | undefined;
  /**
   * How results of the contract come. `'documented'`, the default: of a query as JSON, of a transaction as JSON text;
   * `'object'`: both as JSON; `'text'`: both as JSON text; `'quoted'`: both as the JSON text of a JSON text; `'none'`: a
   * transaction has its id alone.
   */
  readonly results?: 'documented' | 'object' | 'text' | 'quoted' | 'none' | undefined;
  /**
   * The body of an error: its text as `message` (the default), in `error.message`, in `details`, as JSON text in JSON text,
   * or as plain text; or an HTML page or nothing, which state no reason.
   */
  readonly errors?: 'message' | 'error' | 'details' | 'nested' | 'text' | 'html' | 'none' | undefined;
  /** The status of an error of the contract or the ledger: 500, the default, or 200, 400 or 409. */
  readonly errorStatus?: 200 | 400 | 409 | 500 | undefined;
  /** Every so many responses to a transaction one is lost, after its commit: 1 for all of them. None by default. */
  readonly loseEvery?: number | undefined;
}

const VALUES: Readonly<Record<Exclude<keyof PlatformOptions, 'loseEvery'>, readonly unknown[]>> = {
  status: [200, 201],
  results: ['documented', 'object', 'text', 'quoted', 'none'],
  errors: ['message', 'error', 'details', 'nested', 'text', 'html', 'none'],
  errorStatus: [500, 200, 400, 409],
};

export type PlatformSettings = ReturnType<typeof checkPlatform>;

/** @throws RangeError that names an option which is not known or cannot be */
export function checkPlatform(options: PlatformOptions) {
  refuseUnknown(options, [...Object.keys(VALUES), 'loseEvery'], 'platform');
  for (const [name, values] of Object.entries(VALUES)) {
    const value = options[name as keyof typeof VALUES];
    if (value === undefined || values.includes(value)) continue;
    throw new RangeError(`platform.${name} must be one of ${values.join(', ')}.`);
  }
  const { status = 200, results = 'documented', errors = 'message', errorStatus = 500, loseEvery } = options;
  if (loseEvery !== undefined && !(Number.isSafeInteger(loseEvery) && loseEvery >= 1)) {
    throw new RangeError('platform.loseEvery must be a whole number from 1.');
  }
  return { status, results, errors, errorStatus, loseEvery };
}
