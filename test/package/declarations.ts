import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The package's entry points, as they are imported. */
export const ENTRIES = [
  'spydra-sdk',
  'spydra-sdk/cache-conformance',
  'spydra-sdk/contract',
  'spydra-sdk/fabric',
  'spydra-sdk/platform',
  'spydra-sdk/ledger-conformance',
  'spydra-sdk/sandbox',
  'spydra-sdk/webhooks',
];

/** A program that prints the names that each entry point exports, by how it is loaded. */
export const PRINT_NAMES = `import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
const require = createRequire(import.meta.url);
const keys = (module) => Object.keys(module).filter((key) => !['default', 'module.exports'].includes(key)).sort();
const names = {};
for (const entry of ${JSON.stringify(ENTRIES)}) {
  const commonJs = await import(pathToFileURL(require.resolve(entry)).href);
  names[entry] = { esm: keys(await import(entry)), required: keys(require(entry)), imported: keys(commonJs) };
  if (commonJs.default !== require(entry)) throw new Error('the default import is not what require gives');
}
console.log(JSON.stringify(names));`;

/** The modules that the declarations in a folder import, beside each other. */
export function importsOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.d\.c?ts$/.test(name));
  if (files.length === 0) throw new Error(`There are no declarations in ${folder}.`);
  const imports = files.flatMap((file) => {
    // Examples in comments import the package itself.
    const source = readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    return [...source.matchAll(/(?:\bfrom|\bimport|\bimport\(|types=)\s*['"]([^'"]+)['"]/g)].map(
      ([, name = '']) => name,
    );
  });
  return imports.filter((name) => !name.startsWith('.'));
}

/**
 * A module that prints the names of what each entry point exports, and that compiles only where the declarations name
 * the same values: one that is missing on either side is an error.
 */
export function sameExports(
  names: Readonly<Record<string, { readonly esm: readonly string[] }>>,
  isCommonJs: boolean,
): string {
  const modules = Object.entries(names).map(([entry, { esm: exported }], index) => {
    const load = isCommonJs ? `import m${index} = require('${entry}');` : `import * as m${index} from '${entry}';`;
    const object = `{ ${exported.map((name) => `${name}: 0`).join(', ')} }`;
    return `${load}\nexport const n${index} = ${object} satisfies Record<keyof typeof m${index}, 0>;`;
  });
  return modules.join('\n');
}
