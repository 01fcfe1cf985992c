/*
 * Ends what a run of the tests leaves behind: kills its processes and removes its folder, when asked to by a line on
 * stdin, and when stdin closes, as it does however the run ends. Arguments: the folder, and the run's process id.
 */
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder = '', owner = ''] = process.argv.slice(2);
const ATTEMPTS = 200;

for await (const _ of process.stdin) {
  await sweep();
  process.stdout.write('swept\n');
}
await sweep();

async function sweep() {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = processes().filter(belongs);
    if (found.length === 0) break;
    for (const pid of found) kill(pid);
    await sleep(20);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** All of this system, where it has `/proc`. */
function processes() {
  return attempt(() => readdirSync('/proc'), []).filter((name) => /^\d+$/.test(name));
}

/** Whether a process was started by the run, by its environment, its working directory or its files. */
function belongs(pid) {
  // Vitest ends its own workers.
  if (pid === String(process.pid) || parentOf(pid) === owner) return false;
  if (attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8'), '').includes(`TMPDIR=${folder}\0`)) return true;
  // Redis and nginx overwrite their environment.
  const files = attempt(() => readdirSync(`/proc/${pid}/fd`), []).map((fd) => `fd/${fd}`);
  return ['cwd', ...files].some((link) => isInside(attempt(() => readlinkSync(`/proc/${pid}/${link}`), '')));
}

function parentOf(pid) {
  const [, parent] = /^PPid:\s*(\d+)$/m.exec(attempt(() => readFileSync(`/proc/${pid}/status`, 'utf8'), '')) ?? [];
  return parent;
}

function isInside(path) {
  return path === folder || path.startsWith(`${folder}/`);
}

function kill(pid) {
  attempt(() => process.kill(Number(pid), 'SIGKILL'), undefined);
}

/** A process may end while it is read. */
function attempt(work, otherwise) {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
