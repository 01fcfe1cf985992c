/** Sends requests without their idempotency key, in the header and in the metadata. */
export const fetchWithoutKey: typeof fetch = (input, init = {}) => {
  const headers = new Headers(init.headers);
  headers.delete('Idempotency-Key');
  return fetch(input, { ...init, headers, ...(typeof init.body === 'string' ? { body: bare(init.body) } : {}) });
};

function bare(body: string): string {
  const { metadata, ...order } = JSON.parse(body) as { metadata?: { idempotencyKey?: unknown } };
  const { idempotencyKey: _, ...rest } = metadata ?? {};
  return JSON.stringify({ ...order, metadata: rest });
}
