import { readFileSync } from 'node:fs';

/** What the README's examples take for granted once its first one has made a client and an asset. */
const GIVEN = `declare const spydra: import('spydra-sdk').SpydraClient;\ndeclare const assetId: string;`;

const readme = () => readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The example that the README opens with, unchanged: it is JavaScript too. */
export function firstExample(): string {
  return /^```ts\n([\s\S]*?)^```$/m.exec(readme())?.[1] ?? '';
}

/** Each TypeScript example of the README as a module of its own, that a compiler can take. */
export function readmeExamples(): { readonly name: string; readonly source: string }[] {
  const blocks = [...readme().matchAll(/^## (.+)$|^```ts\n([\s\S]*?)^```$/gm)];
  let heading = 'start';
  return blocks.flatMap(([, title, code]) => {
    if (title !== undefined) heading = title.toLowerCase().replace(/\W+/g, '-');
    return code === undefined ? [] : [{ name: heading, source: asModule(code) }];
  });
}

/** CommonJS has no top-level await: imports stay on top, the rest runs in a function. */
function asModule(code: string): string {
  const lines = code.split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const rest = lines.filter((line) => !line.startsWith('import '));
  const makesClient = /const spydra\b/.test(code);
  const given = GIVEN.split('\n').filter(
    (line) => !(makesClient && (line.includes(' spydra:') || code.includes('{ assetId }'))),
  );
  return [...imports, ...given, 'export async function example() {', ...rest, '}', ''].join('\n');
}
