/** The separator of a composite key; no part may contain it. */
const SEPARATOR = '\u0000';

/** The composite key of an object, as Fabric's `CreateCompositeKey` builds it. */
export function compositeKey(objectType: string, ...attributes: readonly string[]): string {
  return [`${SEPARATOR}${objectType}`, ...attributes, ''].join(SEPARATOR);
}

/** The key without its last attribute; undefined for a bare object type. */
export function parentKey(key: string): string | undefined {
  const end = key.lastIndexOf(SEPARATOR, key.length - 2);
  return end > 0 ? key.slice(0, end + 1) : undefined;
}
