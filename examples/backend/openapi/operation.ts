import type * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';

/** The description of a route in the contract. */
export interface Operation {
  /** The name of the function in a generated client. */
  readonly operationId: string;
  readonly tag: 'Assets' | 'Tokens' | 'Wallets' | 'Health';
  /** A line. */
  readonly summary: string;
  /** Further information for callers. */
  readonly description?: string;
  /** The accepted request. */
  readonly request?: { readonly shape: RequestParts };
  /** The status and body of a success response. */
  readonly success: readonly [status: 200 | 201, answer: z.ZodObject];
  /** The error responses by status. */
  readonly failures: Readonly<Record<number, ZodOpenApiResponseObject>>;
}

interface RequestParts {
  readonly params: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
}
