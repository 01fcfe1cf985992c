import {
  AuthenticationError,
  ClientClosedError,
  ConfigurationError,
  ConnectionError,
  InvalidResponseError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  SpydraError,
} from './errors.js';

/** Whether Spydra responds. */
export interface Health {
  readonly healthy: boolean;
  /** A sentence for a person: what is wrong, and what to do. It names no host and nothing that the server wrote. */
  readonly message: string;
}

/** The message for each kind of error; the first match counts. */
type Kind = new (...args: never) => Error;
const ROWS: readonly (readonly [Kind, (name: string) => string])[] = [
  [AuthenticationError, (name) => `Spydra responds, but refuses the API key (${name}): check SPYDRA_API_KEY.`],
  [
    PermissionDeniedError,
    (name) => `Spydra responds, but the API key may not read this project, network or app (${name}).`,
  ],
  [
    NotFoundError,
    (name) => `The server responds, but knows no such app (${name}): check the base URL, project, network and app.`,
  ],
  [RateLimitError, (name) => `Spydra responds, but asks for a pause (${name}): try again later.`],
  [ServerError, (name) => `Spydra responds with a failure (${name}): try again later.`],
  [InvalidResponseError, (name) => `The server responds, but not as Spydra does (${name}): check the base URL.`],
  [ConnectionError, (name) => `Spydra cannot be reached (${name}): check the base URL and the network.`],
  [ConfigurationError, (name) => `Spydra was not asked: there is no API key to ask it with (${name}).`],
  [ClientClosedError, (name) => `Spydra was not asked: the client is closed (${name}).`],
];

/** The health of a ledger that was given to the client, and that a read has failed on. */
export function unhealthyLedger(error: unknown): Health {
  return { healthy: false, message: `The ledger does not respond (${nameOf(error)}): the error of a read says why.` };
}

/** The health of a server that a request to it has failed on. */
export function unhealthy(error: unknown): Health {
  const name = nameOf(error);
  const [, say] = ROWS.find(([Kind]) => error instanceof Kind) ?? [];
  return { healthy: false, message: say?.(name) ?? `Spydra does not respond (${name}).` };
}

function nameOf(error: unknown): string {
  return error instanceof SpydraError ? error.name : 'an unknown error';
}
