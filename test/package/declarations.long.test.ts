import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer.js';
import { importsOf, sameExports } from './declarations.js';
import { readmeExamples } from './readme-examples.js';

let consumer: Consumer;
beforeAll(async () => {
  consumer = await Consumer.install({ hasTypes: true });
});
afterAll(() => consumer.remove());

const PROJECTS = [
  ['ESM', 'module', { module: 'NodeNext' }],
  ['CommonJS', 'commonjs', { module: 'NodeNext' }],
  [
    'CommonJS, resolved as older compilers do',
    'commonjs',
    { module: 'CommonJS', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
  ],
] as const;

describe('the declarations of the packed tarball', () => {
  it('import nothing but each other', () => {
    expect(importsOf(`${consumer.package}/dist`)).toEqual([]);
  });

  it('contain no internal classes, which constructors of public ones take', () => {
    const declarations = readFileSync(`${consumer.package}/dist/index.d.ts`, 'utf8');
    expect(declarations.match(/\b(class|interface) (Calls|Settings|SharedWrites)\b/g)).toBeNull();
  });

  it('accept a Keyv as a store', async () => {
    const stores = `import { Keyv } from 'keyv';
import type { CacheStore } from 'spydra-sdk';
export const store: CacheStore = new Keyv();`;
    const options = { module: 'NodeNext', skipLibCheck: true };
    expect(await consumer.compile({ name: 'stores', type: 'module', modules: { stores }, options })).toBe('');
  });

  it.each(PROJECTS)('declare exactly the exported values in a project of %s', async (name, type, module) => {
    const exports = sameExports(await consumer.exportedNames(), type === 'commonjs');
    const project = {
      name: `exports of ${name}`,
      type,
      modules: { exports },
      options: { skipLibCheck: false, ...module },
    };
    expect(await consumer.compile(project)).toBe('');
  });

  it.each(PROJECTS)("compile the README's examples in a project of %s", async (name, type, module) => {
    const examples = readmeExamples();
    expect(examples.length).toBeGreaterThan(8);
    const options = {
      lib: ['ES2023', 'ESNext.Disposable'],
      exactOptionalPropertyTypes: true,
      // msw and vitest have no types for older resolution; only those of this package are checked.
      skipLibCheck: true,
      ...module,
    };
    const modules = Object.fromEntries(examples.map((example, i) => [`${i}-${example.name}`, example.source]));
    expect(await consumer.compile({ name: `examples of ${name}`, type, modules, options })).toBe('');
  });

  it('allow injection of the parts of a client by decorator metadata', async () => {
    const uses = `import { Tokens } from 'spydra-sdk';
const types: unknown[] = [];
Object.assign(Reflect, { metadata: (_: string, type: unknown) => () => void types.push(type) });
const Injectable = () => (_class: unknown) => {};
@Injectable()
export class Uses {
  constructor(readonly tokens: Tokens) {}
}
console.log(types.flat().includes(Tokens), typeof Tokens);`;
    const options = {
      module: 'NodeNext',
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      skipLibCheck: true,
      noEmit: false,
    };
    expect(await consumer.compile({ name: 'injected', type: 'module', modules: { uses }, options })).toBe('');
    expect(await consumer.node('injected/uses.js')).toBe('true function\n');
  });
});
