/** Has no fields of its own to compare. */
type Leaf =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | AbortSignal
  | ((...input: never) => unknown);

type Mutable<T> = T extends Leaf ? T : { -readonly [Name in keyof T]: Mutable<T[Name]> };
type Complete<T> = T extends Leaf ? T : { -readonly [Name in keyof T]-?: Complete<T[Name]> };

type Interchangeable<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/**
 * Whether two types have the same fields of the same types, at every depth, `readonly` or not. A field that only one of
 * them has does not make them differ in what can be assigned if it is optional, so they are compared with all fields too.
 */
export type SameFields<A, B> = [
  Interchangeable<Mutable<A>, Mutable<B>>,
  Interchangeable<Complete<A>, Complete<B>>,
] extends [true, true]
  ? true
  : false;

/** `unknown` if two types have the same fields; else a type that no value has, so that it does not compile. */
export type IfSame<A, B> = SameFields<A, B> extends true ? unknown : { readonly 'must have the same fields': never };
