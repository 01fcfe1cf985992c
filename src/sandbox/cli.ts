#!/usr/bin/env node
import { version } from '../../package.json';
import { type CliFlags, HELP, readFlags, UsageError } from './cli-flags.js';
import { createSandbox, type Sandbox } from './sandbox.js';
import type { SandboxServer } from './server.js';

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2), process.env);
  if (flags.show === 'help') return console.log(HELP);
  if (flags.show === 'version') return console.log(version);

  const sandbox = createSandbox({ ...flags.options, onWarning: (message) => console.error(`Warning: ${message}`) });
  const server = await listen(sandbox, flags);
  if (flags.seed && sandbox.blocks.length === 0) await sandbox.seed();
  console.log(greeting(server, sandbox, flags));

  const stop = () => void sandbox.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

async function listen(sandbox: Sandbox, { port, host }: CliFlags): Promise<SandboxServer> {
  try {
    return await sandbox.listen({ port, host });
  } catch (error) {
    await sandbox.close();
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw inUse ? new Error(`Port ${port} is in use; name another one with --port.`) : error;
  }
}

/** The URL of the sandbox, and the variables of a client. A key that the caller gave is not printed. */
function greeting({ url }: SandboxServer, sandbox: Sandbox, { ownKey }: CliFlags): string {
  const { apiKey, projectId, networkId, appId, assetSchemaId } = sandbox.connection();
  return [
    `Spydra sandbox listening on ${url}`,
    '',
    `SPYDRA_BASE_URL=${url}/v2`,
    ownKey ? '# SPYDRA_API_KEY is the key that you gave' : `SPYDRA_API_KEY=${apiKey}`,
    `SPYDRA_PROJECT_ID=${projectId}`,
    `SPYDRA_NETWORK_ID=${networkId}`,
    `SPYDRA_APP_ID=${appId}`,
    `SPYDRA_ASSET_SCHEMA_ID=${assetSchemaId}`,
  ].join('\n');
}

main().catch((error: unknown) => {
  console.error(`spydra-sandbox: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error instanceof UsageError || error instanceof RangeError ? 2 : 1;
});
