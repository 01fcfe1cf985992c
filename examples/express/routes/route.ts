import type { CallOptions, SpydraClient, WriteOptions } from 'spydra-sdk';
import * as z from 'zod';
import { idempotencyKey, isObject } from '../requests/fields.js';

/** Who may call a route: everybody; admins; or admins and investors. */
export type Role = 'everybody' | 'admin' | 'investor';

/** A route: who may call it, what it takes and returns, and the call of the SDK that it stands for. */
export interface Route extends Description {
  readonly role: Role;
  readonly request: z.ZodObject<RequestParts>;
  /** Calls the SDK. Resolves with the body of the response, without `success`. */
  handle(spydra: SpydraClient, input: never, options: WriteOptions): Promise<Body>;
}

/** What a route is called, returns, and is described with in a contract. */
interface Description {
  /** The name of the function in a generated client. */
  readonly operationId: string;
  /** A line. */
  readonly summary: string;
  /** Further information for callers. */
  readonly description?: string;
  /** The status and body of a success response. */
  readonly answer: readonly [status: 200 | 201, body: z.ZodObject];
  /** A request that succeeds on a ledger with these assets. */
  readonly example?: (sample: SampleAssets) => Example;
}

/** The parts of a request. */
type RequestParts = {
  readonly params: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
};

/** A body without `success`; with a status only if it is not the documented one. */
export interface Body {
  readonly status?: number;
  readonly [field: string]: unknown;
}

/** The assets in the examples. The wallets are those of the seeded sandbox. */
export interface SampleAssets {
  /** An asset whose tokens can still be minted. */
  readonly assetId: string;
  /** A published asset; `wallet-treasury` has tokens of it. */
  readonly publishedId: string;
  /** A transaction. Default: a placeholder. */
  readonly transactionId?: string | undefined;
}

/** An example of a request. */
export interface Example {
  /** Path parameters. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

type Nothing = Record<never, never>;
type Parsed<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

interface ReadRow<Params extends z.ZodRawShape, Query extends z.ZodRawShape> extends Description {
  readonly params?: Params;
  readonly query?: Query;
  handle(
    spydra: SpydraClient,
    input: { readonly params: Parsed<Params>; readonly query: Parsed<Query> },
    options: CallOptions,
  ): Promise<Body>;
}

/** A public route that reads. Unknown query parameters are ignored. */
export function read<Params extends z.ZodRawShape = Nothing, Query extends z.ZodRawShape = Nothing>(
  row: ReadRow<Params, Query>,
): Route {
  const { params = {} as Params, query = {} as Query, ...rest } = row;
  return { ...rest, role: 'everybody', request: z.object({ params: z.object(params), query: z.object(query) }) };
}

interface WriteRow<Params extends z.ZodRawShape, Fields extends z.ZodType> extends Description {
  readonly role: Exclude<Role, 'everybody'>;
  readonly params?: Params;
  readonly body: Fields;
  handle(
    spydra: SpydraClient,
    input: { readonly params: Parsed<Params>; readonly body: z.output<Fields> },
    options: WriteOptions,
  ): Promise<Body>;
}

const headers = z.object({
  'Idempotency-Key': idempotencyKey
    .optional()
    .describe('A key of your own for the write: repeated under it, the write takes effect once.'),
});

/** A route that writes. It responds when the write is committed. */
export function write<Fields extends z.ZodType, Params extends z.ZodRawShape = Nothing>(
  row: WriteRow<Params, Fields>,
): Route {
  const { params = {} as Params, body, ...rest } = row;
  // A body that is missing or not an object is validated as `{}`, so that the missing fields are named.
  const given = z.preprocess((value) => (isObject(value) ? value : {}), body);
  return { ...rest, request: z.object({ params: z.object(params), headers, body: given }) };
}

/** Returns the documented fields of a result, in their order: Spydra may return more. */
export function pick<Shape extends z.ZodRawShape>(
  documented: z.ZodObject<Shape>,
  result: Readonly<Record<keyof Shape, unknown>>,
): object {
  const names = Object.keys(documented.shape) as (keyof Shape)[];
  return Object.fromEntries(names.map((name) => [name, result[name]]));
}
