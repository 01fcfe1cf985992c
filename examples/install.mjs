/*
 * Installs the dependencies of examples from their lock files, if they are not installed. Arguments: the examples;
 * default: all. It prints to stderr: stdout is for the output of the example.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const EXAMPLES = import.meta.dirname;

const named = process.argv.slice(2);
const all = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, 'package.json')));
for (const example of (named.length > 0 ? named : all).filter(isToInstall)) install(example);

/** npm writes this lock file when an installation is complete. */
function isToInstall(example) {
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((file) =>
    statSync(join(EXAMPLES, example, file), { throwIfNoEntry: false }),
  );
  return !installed || (wanted?.mtimeMs ?? 0) > installed.mtimeMs;
}

function install(example) {
  console.error(`installing the dependencies of examples/${example} …`);
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: join(EXAMPLES, example),
    // On Windows npm is a shell script.
    shell: process.platform === 'win32',
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) process.exit(status ?? 1);
}
