/**
 * Resolves with the result of a Redis command if it arrives in time.
 *
 * @throws Error if it does not.
 */
export async function inTime<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const refuse = () => reject(new Error(`Redis did not answer within ${milliseconds} ms.`));
    // If the event loop was blocked, the reply may have arrived already: read it first.
    timer = setTimeout(() => setImmediate(refuse), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
