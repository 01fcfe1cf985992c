/** What the caller gave cannot be right, and nothing was sent; the message says all that has to be mended. */
export class UsageError extends Error {}
