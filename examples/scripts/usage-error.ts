/** The input is not valid, and nothing was sent; the message names every problem. */
export class UsageError extends Error {}
