import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PRINT_NAMES } from './declarations.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** The packages that the README's examples import; they are installed in a consumer. */
const PEERS = ['vitest', 'msw', 'typescript', '@types/node', 'ioredis', 'keyv', '@keyv/redis', 'redis'];

/** The names that an entry point exports, by how it is loaded. */
export type Names = Record<'esm' | 'required' | 'imported', string[]>;

/** A fresh project in which the packed tarball is installed. */
export class Consumer {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param hasTypes - whether the tarball has its declarations, which take most of the time of a build */
  static async install({ hasTypes }: { readonly hasTypes: boolean }): Promise<Consumer> {
    const consumer = new Consumer(mkdtempSync(join(tmpdir(), 'spydra-sdk-consumer-')));
    const built = join(consumer.#folder, 'built');
    for (const file of ['package.json', 'README.md', 'LICENSE']) cpSync(join(ROOT, file), join(built, file));
    const options = ['--out-dir', join(built, 'dist'), ...(hasTypes ? [] : ['--no-dts'])];
    await run(process.execPath, [join(ROOT, 'node_modules/tsup/dist/cli-default.js'), ...options], { cwd: ROOT });
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent'], { cwd: built });
    consumer.write('package.json', '{ "name": "consumer", "private": true }');
    const tarball = join(built, stdout.trim().split('\n').at(-1) ?? '');
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: consumer.#folder });
    for (const peer of PEERS) {
      const link = join(consumer.#folder, 'node_modules', peer);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', peer), link);
    }
    return consumer;
  }

  /** The package's own folder. */
  get package(): string {
    return join(this.#folder, 'node_modules/spydra-sdk');
  }

  write(file: string, source: string): void {
    const path = join(this.#folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source);
  }

  /** The output of a file. */
  async node(file: string): Promise<string> {
    return (await run(process.execPath, [join(this.#folder, file)], { cwd: this.#folder })).stdout;
  }

  /** The output of a command of the package. */
  async command(name: string, ...args: readonly string[]): Promise<string> {
    return (await run(join(this.#folder, 'node_modules/.bin', name), args, { cwd: this.#folder })).stdout;
  }

  /** The compile errors of the modules of a new project. */
  async compile(project: Project): Promise<string> {
    const { name, type, modules, options } = project;
    this.write(`${name}/package.json`, JSON.stringify({ type }));
    for (const [module, source] of Object.entries(modules)) this.write(`${name}/${module}.ts`, source);
    const compilerOptions = { target: 'ES2022', types: ['node'], strict: true, noEmit: true, ...options };
    this.write(`${name}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const compiled = run(process.execPath, [TSC, '-p', join(this.#folder, name)]).catch((error) => error);
    return (await compiled).stdout;
  }

  /** The names that each entry point exports. */
  async exportedNames(): Promise<Record<string, Names>> {
    this.write('names.mjs', PRINT_NAMES);
    return JSON.parse(await this.node('names.mjs'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface Project {
  readonly name: string;
  readonly type: 'module' | 'commonjs';
  /** Their sources, by name. */
  readonly modules: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
}
