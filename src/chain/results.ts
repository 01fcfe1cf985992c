import * as z from 'zod/mini';
import { parseJson } from '../core/json.js';
import { ConfigurationError, InvalidResponseError } from '../errors.js';
import { text } from '../ledger/records.js';

/*
 * Results of the contract as JSON: other fields than these are kept.
 */

/** The versions of the contract that this SDK knows. */
const KNOWN_VERSIONS = ['1'];

/** What every write returns. A replay returns the result of the first call, with the version of that. */
const applied = z.looseObject({ transactionId: text, contractVersion: z.string(), replayed: z.optional(z.boolean()) });
export type Applied = z.output<typeof applied>;

const refused = z.looseObject({ code: z.string(), message: z.string(), details: z.optional(z.unknown()) });

/** What became of one order of a batch. */
const outcome = z.union([z.object({ applied }), z.object({ refused })]);
export type BatchOutcome = z.output<typeof outcome>;

const batch = z.looseObject({ contractVersion: z.string(), outcomes: z.array(outcome) });

/** The result of a single write. */
export const readApplied = (result: string): Applied => read(applied, result);

/** The outcomes of a batch, in the order of its orders. */
export const readOutcomes = (result: string): readonly BatchOutcome[] => read(batch, result).outcomes;

/** Whether a single write has written anything: a replay has not. */
export function hasWritten(result: string): boolean {
  const { replayed = false, contractVersion } = readApplied(result);
  if (!replayed) ensureKnown(contractVersion);
  return !replayed;
}

/** Whether an order of a batch has written anything. */
export function batchHasWritten(result: string): boolean {
  const { contractVersion, outcomes } = read(batch, result);
  ensureKnown(contractVersion);
  return outcomes.some((each) => 'applied' in each && !each.applied.replayed);
}

/** @throws InvalidResponseError if it is no JSON, or lacks what the SDK relies on. */
export function read<T>(schema: z.ZodMiniType<T>, result: string): T {
  const parsed = schema.safeParse(jsonOf(result));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new InvalidResponseError(
    `The contract returned a result that this SDK cannot read (${problems.join('; ')}). Is the chaincode the token contract?`,
  );
}

function jsonOf(result: string): unknown {
  try {
    return parseJson(result);
  } catch {
    return undefined;
  }
}

/** @throws ConfigurationError before anything is ordered: as a refusal, since the contract has responded. */
function ensureKnown(version: string): void {
  if (KNOWN_VERSIONS.includes(version)) return;
  throw new ConfigurationError(
    `The chaincode is version ${version} of the contract, and this SDK knows version ${KNOWN_VERSIONS.join(', ')}: nothing was written. Use the SDK of that version, or the chaincode of this one.`,
    { serverCode: 'UNKNOWN_VERSION' },
  );
}
