const HEAD_END = '\r\n\r\n';
const MOST_HEAD_BYTES = 64 * 1024;

/**
 * The request in these bytes, with a header that makes the server close the connection; undefined while its end is
 * missing.
 *
 * @throws Error for what the proxy does not support: chunks, pipelined requests, anything but HTTP/1.1.
 */
export function wholeRequest(bytes: Buffer): Buffer | undefined {
  const end = endOf(bytes);
  if (end === undefined) return undefined;
  if (bytes.length > end) throw new Error('A connection carries one request only.');
  const { start, fields, body } = parts(bytes);
  if (!/^[A-Z]+ \S+ HTTP\/1\.1$/.test(start)) throw new Error(`'${start}' does not start a request.`);
  const kept = fields.filter((field) => !/^connection:/i.test(field));
  return Buffer.concat([Buffer.from([start, ...kept, 'Connection: close'].join('\r\n') + HEAD_END, 'latin1'), body]);
}

/** Whether these bytes are a complete response. */
export function isWholeAnswer(bytes: Buffer): boolean {
  return bytes.length > 0 && endOf(bytes) === bytes.length;
}

/** A response of the proxy itself. */
export function ownAnswer(status: string, fields: readonly string[] = [], body = ownBody(status)): Buffer {
  const type = body.startsWith('<') ? 'text/html' : 'application/json';
  const head = [`HTTP/1.1 ${status}`, `Content-Type: ${type}`, `Content-Length: ${body.length}`, ...fields];
  return Buffer.from(`${[...head, 'Connection: close'].join('\r\n')}${HEAD_END}${body}`, 'latin1');
}

function ownBody(status: string): string {
  return JSON.stringify({ message: `${status}, says the proxy` });
}

/** A response cut in the middle of its body, with the Content-Length of the whole. */
export function firstHalf(answer: Buffer): Buffer {
  const { body } = parts(answer);
  return answer.subarray(0, answer.length - Math.ceil(body.length / 2));
}

function parts(bytes: Buffer) {
  const headEnd = bytes.indexOf(HEAD_END);
  const [start = '', ...fields] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  return { start, fields, body: bytes.subarray(headEnd + HEAD_END.length) };
}

/** The end of the message, if it is complete. */
function endOf(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0 && bytes.length > MOST_HEAD_BYTES) throw new Error('The head of the message does not end.');
  if (headEnd < 0) return undefined;
  const { fields } = parts(bytes);
  if (fields.some((field) => /^transfer-encoding:/i.test(field))) throw new Error('Chunks are not read here.');
  const lengths = fields.flatMap((field) => /^content-length:\s*(\d+)\s*$/i.exec(field)?.[1] ?? []);
  if (lengths.length > 1) throw new Error('The message has two lengths.');
  const end = headEnd + HEAD_END.length + Number(lengths[0] ?? 0);
  return bytes.length < end ? undefined : end;
}
