// The output of the demo: steps with their progress, and formatted amounts.

export const tokens = (amount: bigint) => `${amount.toLocaleString('en-US')} tokens`;

/** Formats a decimal string with thousands separators and at least cents; keeps all digits. */
function money(amount: string): string {
  const [whole = '0', fraction = ''] = amount.split('.');
  return `${BigInt(whole).toLocaleString('en-US')}.${fraction.padEnd(2, '0')}`;
}

export const dollars = (amount: string) => `$${money(amount)}`;

export const title = (text: string) => console.log(`\n${text}`);

export const note = (text: string) => console.log(`    ${text}`);

/** Runs a write, and shows how long its commit takes. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  console.log('');
  const stop = progress(() => `… ${name}, waiting for the commit: ${seconds()}`);
  try {
    const result = await work();
    stop();
    console.log(`✓ ${name} (committed in ${seconds()})`);
    return result;
  } catch (error) {
    stop();
    console.log(`✗ ${name}`);
    throw error;
  }
}

/** Shows a line that is updated on a terminal, and printed once elsewhere. Returns a function that clears it. */
function progress(line: () => string): () => void {
  if (!process.stdout.isTTY) {
    console.log(line().replace(/:[^:]*$/, ''));
    return () => {};
  }
  const draw = () => process.stdout.write(`\r${line()}`);
  draw();
  const timer = setInterval(draw, 100);
  return () => {
    clearInterval(timer);
    process.stdout.write('\r\u001B[K');
  };
}
