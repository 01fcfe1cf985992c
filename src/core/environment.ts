/** The text of an environment variable; undefined where it is not set, is empty or must not be read. */
export function variable(name: string): string | undefined {
  try {
    // Deno throws without a permission for it.
    return globalThis.process?.env?.[name]?.trim() || undefined;
  } catch {
    return undefined;
  }
}
