/** Milliseconds by which the clocks of processes that share a store may differ, before more than caching suffers. */
export const CLOCKS_DIFFER = 600_000;
