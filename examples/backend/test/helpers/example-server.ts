import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { bareEnvironment, program } from '../../../../test/helpers/program.js';

const ROOT = new URL('../../../..', import.meta.url).pathname;

/** The example's server as a process of its own, with a sandbox in it; the caller must stop it. */
export async function startExampleServer(adminKey: string) {
  const child = spawn(process.execPath, [program('examples/backend/server.ts')], {
    cwd: ROOT,
    env: { ...bareEnvironment(), PORT: '0', AUTH_API_KEY: adminKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { origin: await originOf(child), stop: () => stop(child) };
}

async function originOf(child: ChildProcess & { readonly stdout: NodeJS.ReadableStream }): Promise<string> {
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += chunk;
    const [origin] = /http:\/\/localhost:\d+(?=\/)/.exec(printed) ?? [];
    if (origin) return origin;
  }
  throw new Error(`The server ended before it listened: ${printed}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
