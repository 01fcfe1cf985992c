import { type Refusal, refusalError, refusalIn } from '../chain/refusals.js';
import type { WriteCall } from '../core/call.js';
import { messageOf } from '../core/shapes.js';
import {
  BadRequestError,
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

/** Where a request went, and as whom. */
interface Member extends Place {
  readonly mspId: string;
}

/** What is known of a failed request. */
interface Failure extends Member {
  /** gRPC's status code. */
  readonly code: number;
  /** What the gateway has said itself. */
  readonly message: string;
  /** What the gateway and the peers have said. */
  readonly said: string;
  /** Of the contract. */
  readonly refusal: Refusal | undefined;
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
const NO_CHANNEL = /failed to get config for channel/;
const EXPIRED = /client identity expired/;
const TOO_LARGE = /message payload is \d+ bytes and exceeds maximum allowed \d+ bytes/;
const IDENTITY = /access denied|creator org|\bMSP\b|identity|expired/i;

/** A first peer has endorsed, and others refuse or have another result. Their texts may quote what the user has given. */
const differ = ({ code, message, said, refusal }: Failure) =>
  code === 10 &&
  /failed to collect enough transaction endorsements/.test(message) &&
  (refusal !== undefined || /ProposalResponsePayloads do not match/.test(said));
/** Peers find each other some seconds after they have started. */
const lacksPeers = ({ code, message }: Failure) => code === 9 && /no peer combination can satisfy/.test(message);

/** The first row that fits counts. Nothing was ordered in any of them. */
const ROWS: readonly Row[] = [
  {
    when: differ,
    Type: UnavailableError,
    isRetryable: true,
    advice: () =>
      'The peers disagree, as they do while one is a block behind. If they always do, the organisations run different chaincode.',
  },
  {
    when: says(EXPIRED),
    Type: PermissionDeniedError,
    isRetryable: false,
    advice: enrollAgain,
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
    when: (failure) => failure.code === 9 || NO_CHANNEL.test(failure.said),
    Type: UnavailableError,
    isRetryable: true,
    advice: ({ chaincode, channel }) =>
      `Either chaincode ${chaincode} is not committed on channel ${channel} or the peer not in that channel, or its peers are starting or too few: check the names, or call again.`,
  },
  {
    when: says(/bootstrapped from a snapshot/i),
    Type: ConfigurationError,
    isRetryable: false,
    advice: () => 'Watch by a peer that has all blocks since the checkpoint, or from a later one.',
  },
  {
    when: is(14),
    Type: ConnectionError,
    isRetryable: true,
    advice: () => 'Check the endpoint, and that the peer is running.',
  },
  { when: is(1, 4), Type: TimeoutError, isRetryable: true, advice: () => 'Raise `timeout`, or call again.' },
  {
    when: says(/message (?:that decompresses to a size |with a size )?larger than/i),
    Type: BadRequestError,
    isRetryable: false,
    advice: () =>
      "The same call will always be too large. Set `'grpc.max_receive_message_length': -1` and `'grpc.max_send_message_length': -1` on the gRPC client of the gateway and raise the peer's limits, or write fewer orders at once (`concurrency`).",
  },
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

function enrollAgain({ mspId }: Member): string {
  return `The certificate of the identity of ${mspId} has expired: enroll it again, and make a new ledger with it.`;
}

/**
 * Whether an endorsement has failed for a time only: a peer is a block behind, or the peers have not found each other yet.
 * This is no end of a call that has time left.
 */
export function isTransient(error: unknown, member: Member): boolean {
  const failure = failureOf(error, member);
  return failure !== undefined && (differ(failure) || lacksPeers(failure));
}

/** The error for a request to evaluate or endorse that has failed: nothing was ordered. */
export function gatewayError(error: unknown, member: Member, call: Partial<WriteCall> = {}): SpydraError {
  if (error instanceof SpydraError) return error;
  const failure = failureOf(error, member);
  if (!failure) return new SpydraError(`The request could not be made: ${messageOf(error)}`, { cause: error });
  const { refusal, said } = failure;
  if (refusal && !differ(failure)) return refusalError(refusal, call);
  const { Type, isRetryable, advice } = ROWS.find(({ when }) => when(failure)) ?? OTHER;
  const text = said.slice(0, MAX_LENGTH).replace(/[.\s]+$/, '');
  const { idempotencyKey } = call;
  return new Type(`${text}. ${advice(failure)}`, { retryable: isRetryable, idempotencyKey, cause: error });
}

/**
 * The error for a submission that every orderer refuses, as a refusal: the contract has responded before. Undefined for all
 * others, after which an orderer may have the envelope.
 */
export function submitRefusal(error: unknown, member: Member, call: Partial<WriteCall>): SpydraError | undefined {
  const { said = '' } = failureOf(error, member) ?? {};
  const details = { idempotencyKey: call.idempotencyKey, cause: error };
  const [sizes] = TOO_LARGE.exec(said) ?? [];
  if (sizes !== undefined) {
    return new BadRequestError(
      `The orderer refused the transaction, which changed nothing: ${sizes} (AbsoluteMaxBytes of channel ${member.channel}). The same call will always be too large: write less in it, or fewer orders at once (\`concurrency\`).`,
      { ...details, serverCode: 'TOO_LARGE' },
    );
  }
  if (!EXPIRED.test(said)) return undefined;
  return new PermissionDeniedError(
    `The orderer refused the transaction, which changed nothing: ${said.slice(0, MAX_LENGTH)}. ${enrollAgain(member)}`,
    { ...details, serverCode: 'IDENTITY_EXPIRED' },
  );
}

/** Undefined for what is no error of gRPC. */
function failureOf(error: unknown, member: Member): Failure | undefined {
  const { code, details } = Object(error) as { readonly code?: unknown; readonly details?: unknown };
  if (typeof code !== 'number') return undefined;
  const attached = Array.isArray(details) ? details.map((each) => String(Object(each).message)) : [];
  const message = messageOf(error);
  const texts = [...new Set([message, ...attached])];
  const refusal = texts.map(refusalIn).find((found) => found !== undefined);
  return { ...member, code, message, said: texts.join('; '), refusal };
}
