import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A sandbox in a process of its own, whose blocks take no time. */
export async function startSandbox() {
  const { SPYDRA_API_KEY: _, ...env } = process.env;
  const command = ['--import', 'tsx', 'src/sandbox/cli.ts', '--port', '0', '--block-time', '0'];
  const server = spawn(process.execPath, command, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => void server.kill());
  let greeting = '';
  for await (const text of server.stdout.setEncoding('utf8')) {
    greeting += text;
    if (greeting.includes('SPYDRA_ASSET_SCHEMA_ID=')) break;
  }
  const told = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(greeting)?.[1] ?? '';
  const connection = {
    baseUrl: told('SPYDRA_BASE_URL'),
    apiKey: told('SPYDRA_API_KEY'),
    projectId: told('SPYDRA_PROJECT_ID'),
    networkId: told('SPYDRA_NETWORK_ID'),
    appId: told('SPYDRA_APP_ID'),
    assetSchemaId: told('SPYDRA_ASSET_SCHEMA_ID'),
  };
  return { server, connection };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}
