import { refusalError, refusalIn } from '../chain/refusals.js';
import type { WriteCall } from '../core/call.js';
import { messageOf } from '../core/shapes.js';
import {
  ConfigurationError,
  ConnectionError,
  type ErrorDetails,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  SpydraError,
  TimeoutError,
  UnavailableError,
} from '../errors.js';

/** Where the contract is. */
export interface Place {
  readonly channel: string;
  readonly chaincode: string;
}

type ErrorType = new (message: string, details: ErrorDetails) => SpydraError;

/** What is known of a failed request. */
interface Failure extends Place {
  /** gRPC's status code. */
  readonly code: number;
  /** What the gateway and the peers have said. */
  readonly said: string;
  readonly mspId: string;
}

interface Row {
  readonly when: (failure: Failure) => boolean;
  readonly Type: ErrorType;
  readonly isRetryable: boolean;
  readonly advice: (failure: Failure) => string;
}

const is =
  (...codes: readonly number[]) =>
  ({ code }: Failure) =>
    codes.includes(code);
const says =
  (pattern: RegExp) =>
  ({ said }: Failure) =>
    pattern.test(said);

const TLS = /altname|certificate|self.signed|\bssl\b|\btls\b|wrong version number|packet length/i;
const IDENTITY = /access denied|creator org|\bMSP\b|identity|expired/i;

/** The first row that fits counts. Nothing was ordered in any of them. */
const ROWS: readonly Row[] = [
  {
    when: says(/ProposalResponsePayloads do not match/),
    Type: UnavailableError,
    isRetryable: true,
    advice: () =>
      'The endorsements differ, as they do while a peer is a block behind. If they always do, the organisations run different chaincode.',
  },
  {
    when: says(/function that does not exist|unknown (function|transaction)/i),
    Type: ConfigurationError,
    isRetryable: false,
    advice: ({ chaincode }) =>
      `Is the chaincode ${chaincode} the token contract (docs/contract.md)? Else set \`chaincode\`, and \`contract\` if it has several.`,
  },
  {
    when: ({ code, said }) => code === 14 && TLS.test(said),
    Type: ConnectionError,
    isRetryable: false,
    advice: () =>
      "Check TLS: `tlsCertificate` must be of the CA of the peer's TLS, and `tlsHostName` a name in the peer's certificate if that is not the host of the endpoint.",
  },
  {
    when: says(/chaincode response \d/),
    Type: ServerError,
    isRetryable: false,
    advice: () => 'See the log of the chaincode.',
  },
  {
    when: ({ code, said }) => [7, 16].includes(code) || (code !== 14 && IDENTITY.test(said)),
    Type: PermissionDeniedError,
    isRetryable: false,
    advice: ({ mspId, channel }) =>
      `Check that ${mspId} is the MSP of the certificate, that it is a member of channel ${channel}, and that the certificate is valid.`,
  },
  {
    when: is(9),
    Type: UnavailableError,
    isRetryable: true,
    advice: ({ chaincode, channel }) =>
      `Is chaincode ${chaincode} committed on channel ${channel}, the peer in that channel, and are enough peers running?`,
  },
  {
    when: is(14),
    Type: ConnectionError,
    isRetryable: true,
    advice: () => 'Check the endpoint, and that the peer is running.',
  },
  { when: is(1, 4), Type: TimeoutError, isRetryable: true, advice: () => 'Raise `timeout`, or call again.' },
  {
    when: is(8),
    Type: RateLimitError,
    isRetryable: true,
    advice: () => 'The peer has too many requests: call again later.',
  },
  {
    when: is(12),
    Type: ConfigurationError,
    isRetryable: false,
    advice: () => 'The endpoint must be that of a peer of Fabric 2.4 or later, with its gateway enabled.',
  },
  {
    when: is(10),
    Type: UnavailableError,
    isRetryable: true,
    advice: () => 'Call again: not enough peers have endorsed.',
  },
];
const OTHER: Row = {
  when: () => true,
  Type: ServerError,
  isRetryable: false,
  advice: () => 'See the log of the peer.',
};

const MAX_LENGTH = 1_000;

/** The error for a request to evaluate or endorse that has failed: nothing was ordered. */
export function gatewayError(
  error: unknown,
  place: Place & { readonly mspId: string },
  call: Partial<WriteCall> = {},
): SpydraError {
  if (error instanceof SpydraError) return error;
  const { code, details } = Object(error) as { readonly code?: unknown; readonly details?: unknown };
  const message = messageOf(error);
  if (typeof code !== 'number') return new SpydraError(`The request could not be made: ${message}`, { cause: error });
  const texts = [message, ...(Array.isArray(details) ? details.map((each) => String(Object(each).message)) : [])];
  for (const text of texts) {
    const refusal = refusalIn(text);
    if (refusal) return refusalError(refusal, call);
  }
  const said = [...new Set(texts)]
    .join('; ')
    .slice(0, MAX_LENGTH)
    .replace(/[.\s]+$/, '');
  const failure = { ...place, code, said };
  const { Type, isRetryable, advice } = ROWS.find(({ when }) => when(failure)) ?? OTHER;
  const { idempotencyKey } = call;
  return new Type(`${said}. ${advice(failure)}`, { retryable: isRetryable, idempotencyKey, cause: error });
}
