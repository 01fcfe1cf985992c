/** Calls what a user gave; what it throws, or rejects with later, is ignored. */
export function ignoreFailure(work: () => unknown): void {
  try {
    Promise.resolve(work()).catch(() => {});
  } catch {}
}
