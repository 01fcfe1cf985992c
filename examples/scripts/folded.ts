/** Normalises a text for comparison: ignores letter case, width, white space and invisible characters. */
export function folded(text: string): string {
  const seen = text.normalize('NFKC').replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
  // Upper case first: it maps ß to SS, and all three sigmas to one.
  return seen.toUpperCase().toLowerCase().replace(/\s+/g, ' ').trim().normalize('NFKC');
}
