import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMPILE = fileURLToPath(new URL('../run/compile.mjs', import.meta.url));

const compiled = new Map<string, string>();

/**
 * The file that Node runs for a module of this repository, such as `src/sandbox/cli.ts`. With tsx each process would
 * need a second of its own to start.
 */
export function program(module: string): string {
  const known = compiled.get(module);
  if (known) return known;
  const copy = mkdtempSync(join(tmpdir(), 'program-'));
  linkPackages(copy, dirname(module));
  const file = join(copy, module.replace(/\.ts$/, '.mjs'));
  execFileSync(process.execPath, [COMPILE, module, file], { cwd: ROOT });
  compiled.set(module, file);
  return file;
}

/**
 * Lets a program find the packages that it finds in the repository: those of its own package, then those of the root.
 */
function linkPackages(copy: string, folder: string): void {
  if (folder !== '.') linkPackages(copy, dirname(folder));
  mkdirSync(join(copy, folder), { recursive: true });
  const packages = join(ROOT, folder, 'node_modules');
  if (existsSync(packages)) symlinkSync(packages, join(copy, folder, 'node_modules'));
}

/** A minimal environment for a process. */
export function bareEnvironment(): { readonly PATH: string; readonly TMPDIR: string } {
  return { PATH: process.env.PATH ?? '', TMPDIR: tmpdir() };
}
