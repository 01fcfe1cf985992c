/** The description of a text field with known values that is open for others. */
export function knownValues(values: readonly string[]): string {
  return `${values.map((value) => `'${value}'`).join(', ')} or any other text.`;
}
