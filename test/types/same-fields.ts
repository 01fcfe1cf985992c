import * as z from 'zod';
import type { SameFields } from '../../src/core/same-fields.js';
import { validate } from '../../src/core/validate.js';

/*
 * Compiled, never run: what must not compile is marked.
 */

interface Input {
  readonly id: string;
  readonly note?: string | undefined;
  readonly inner?: { readonly list: readonly string[]; readonly at?: Date | undefined } | undefined;
}

const schema = z.strictObject({
  id: z.string(),
  note: z.string().optional(),
  inner: z.strictObject({ list: z.array(z.string()), at: z.date().optional() }).optional(),
});

export const same: SameFields<z.input<typeof schema>, Input> = true;

type Inner = NonNullable<Input['inner']>;
/** Each differs from the schema in one field. */
export const different: {
  readonly misses: SameFields<z.input<typeof schema>, Omit<Input, 'note'>>;
  readonly adds: SameFields<z.input<typeof schema>, Input & { readonly more?: string | undefined }>;
  readonly addsToInner: SameFields<
    z.input<typeof schema>,
    Input & { readonly inner?: (Inner & { readonly more?: string | undefined }) | undefined }
  >;
  readonly missesOfInner: SameFields<
    z.input<typeof schema>,
    Omit<Input, 'inner'> & { readonly inner?: Omit<Inner, 'at'> | undefined }
  >;
  readonly requires: SameFields<z.input<typeof schema>, Omit<Input, 'note'> & { readonly note: string | undefined }>;
  readonly takesNoUndefined: SameFields<z.input<typeof schema>, Omit<Input, 'note'> & { readonly note?: string }>;
  readonly widens: SameFields<z.input<typeof schema>, Omit<Input, 'id'> & { readonly id: string | number }>;
  readonly narrows: SameFields<z.input<typeof schema>, Omit<Input, 'id'> & { readonly id: 'one' }>;
} = {
  misses: false,
  adds: false,
  addsToInner: false,
  missesOfInner: false,
  requires: false,
  takesNoUndefined: false,
  widens: false,
  narrows: false,
};

export function linked(input: Input, lacking: Omit<Input, 'note'>, unknown: unknown): unknown {
  // @ts-expect-error -- the schema reads a field that the input lacks
  validate(schema, lacking);
  // @ts-expect-error -- the input has a field that the schema lacks
  validate(schema.omit({ note: true }), input);
  // @ts-expect-error -- an unknown type
  validate(schema, unknown);
  return validate(schema, input) satisfies { readonly id: string };
}
