import * as fc from 'fast-check';
import { anyDigits, anyJson, anyNumber, anyText, bent, type Fields, objectSource, type Source } from './sources.js';

/** The part of JSON Schema that the documents use. */
export interface Schema {
  readonly type?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Valid values of a field, such as ids that are on the ledger. */
export type Known = (field: string) => readonly string[];

/** How many of ten objects violate their schema, at each level. */
const BENT = 3;

/** JSON that is mostly valid by the schema. */
export function bySchema(schema: Schema, known: Known, field = ''): Source {
  const { type, anyOf, properties } = schema;
  if (anyOf && !properties) return fc.oneof(...anyOf.map((each) => bySchema(each, known, field)));
  if (properties) return objectOf(schema, known);
  if (type === 'string') return textBy(schema, known, field).map((text) => JSON.stringify(text));
  if (type === 'integer' || type === 'number') return anyNumber;
  if (type === 'null') return fc.constant('null');
  // Free-form data.
  return anyJson.map((source) => (source.startsWith('{') ? source : objectSource([['value', source]])));
}

/** A string that is mostly valid by the schema: a known one, or any other. */
export function textBy({ pattern }: Schema, known: Known, field: string): fc.Arbitrary<string> {
  if (pattern?.includes('\\d')) return anyDigits;
  const names = known(field);
  const good = names.length > 0 ? fc.constantFrom(...names) : fc.string({ minLength: 1, maxLength: 8 });
  return fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: anyText });
}

function objectOf({ properties = {}, required = [] }: Schema, known: Known): Source {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const source = bySchema(schema, known, name).map((text) => [[name, text]] as Fields);
    // Half of the optional fields, and of the fields with two names.
    return required.includes(name) ? source : fc.oneof(source, fc.constant<Fields>([]));
  });
  const right = fc.tuple(...fields).map((all) => all.flat());
  const perhapsBent = right.chain((all) =>
    fc.oneof({ weight: 10 - BENT, arbitrary: fc.constant(all) }, { weight: BENT, arbitrary: bent(all) }),
  );
  return perhapsBent.map(objectSource);
}
