import { parseJson } from '../core/json.js';

/** A body that is not taken: the status and sentence of the response. */
export class RefusedBody extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads the body of a request as JSON, and never more than `limit` bytes of it.
 *
 * @throws RefusedBody if it is too large, cut off, in another encoding than UTF-8, or no JSON
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const { headers } = request;
  const encoding = headers.get('Content-Encoding') ?? 'identity';
  const [, charset = 'utf-8'] = /charset\s*=\s*"?([^\s;"]+)/i.exec(headers.get('Content-Type') ?? '') ?? [];
  if (!/^identity$/i.test(encoding) || !/^utf-?8$/i.test(charset))
    throw new RefusedBody(415, 'The body must be UTF-8.');
  const length = Number(headers.get('Content-Length') ?? 0);
  if (length > limit) throw tooLarge(limit);
  const bytes = await readBytes(request, limit);
  if (bytes.length < length) throw new RefusedBody(400, 'The body is not whole.');
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RefusedBody(400, 'The body is no JSON in UTF-8.');
  }
}

async function readBytes({ body }: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  for (;;) {
    const { value } = (await reader?.read().catch(() => {
      throw new RefusedBody(400, 'The body is not whole.');
    })) ?? { value: undefined };
    if (value === undefined) return Buffer.concat(chunks);
    size += value.length;
    chunks.push(value);
    if (size <= limit) continue;
    await reader?.cancel().catch(() => {});
    throw tooLarge(limit);
  }
}

function tooLarge(limit: number): RefusedBody {
  return new RefusedBody(413, `The body is larger than ${limit} bytes.`);
}
