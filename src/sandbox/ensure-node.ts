/**
 * Refuses a Node that is too old, before a missing feature fails with another message.
 *
 * @throws Error
 */
export function ensureNode(version = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(
    `The sandbox needs Node 20.19 or later, and this is Node ${version}: install a current one from https://nodejs.org.`,
  );
}
