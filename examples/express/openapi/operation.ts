import type * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';

/** What the contract says of a route. */
export interface Operation {
  /** The name of its function in a generated client. */
  readonly operationId: string;
  readonly tag: 'Assets' | 'Tokens' | 'Wallets' | 'Health';
  /** A line. */
  readonly summary: string;
  /** What else a caller has to know. */
  readonly description?: string;
  /** What it accepts. */
  readonly request?: { readonly shape: RequestParts };
  /** The status when it did what was asked, and what it answers then. */
  readonly success: readonly [status: 200 | 201, answer: z.ZodObject];
  /** What it answers otherwise, by status. */
  readonly failures: Readonly<Record<number, ZodOpenApiResponseObject>>;
}

interface RequestParts {
  readonly params: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
}
