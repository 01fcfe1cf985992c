import { readFileSync } from 'node:fs';

/** The declarations of the client and the asset that the README's first example makes. */
const GIVEN = `declare const spydra: import('spydra-sdk').SpydraClient;\ndeclare const assetId: string;`;

const read = (document: string) => readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');

/** The example that the README opens with, unchanged: it is JavaScript too. */
export function firstExample(): string {
  return /^```ts\n([\s\S]*?)^```$/m.exec(read('README.md'))?.[1] ?? '';
}

/** Each TypeScript example of the README and of its guides as a module of its own, that a compiler can take. */
export function readmeExamples(): Example[] {
  const guides = [
    'errors',
    'safe-writes',
    'caching',
    'telemetry',
    'sandbox',
    'events',
    'fabric',
    'platform',
    'ledgers',
  ].map((guide) => `docs/${guide}.md`);
  return ['README.md', ...guides].flatMap(examplesOf);
}

interface Example {
  readonly name: string;
  readonly source: string;
}

function examplesOf(document: string): Example[] {
  const blocks = [...read(document).matchAll(/^## (.+)$|^```ts\n([\s\S]*?)^```$/gm)];
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
