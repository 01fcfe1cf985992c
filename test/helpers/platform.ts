import { SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
import { type PlatformLedgerOptions, platformLedger } from 'spydra-sdk/platform';
import { createSandbox, type Sandbox, type SandboxOptions } from 'spydra-sdk/sandbox';
import { onTestFinished } from 'vitest';

export const PLATFORM = {
  baseUrl: 'https://platform.spydra.test',
  appId: 'sandbox-app',
  apiKey: 'sandbox-key',
} satisfies PlatformLedgerOptions;

/** The path of the app's ledger in a sandbox. */
export const LEDGER = '/fabric/sandbox-app/ledger';

/** A client of the platform that a sandbox serves. */
export function platformClient(
  sandbox: Sandbox,
  options: PlatformLedgerOptions = {},
  client: SpydraClientOptions = {},
): SpydraClient {
  return new SpydraClient({ ledger: platformLedger({ ...PLATFORM, fetch: sandbox.fetch, ...options }), ...client });
}

/** A sandbox, and a client of its platform; both are closed when the test is over. */
export function onPlatform(
  sandboxOptions: SandboxOptions = {},
  options: PlatformLedgerOptions = {},
  client: SpydraClientOptions = {},
) {
  const sandbox = createSandbox(sandboxOptions);
  const spydra = platformClient(sandbox, options, client);
  onTestFinished(async () => {
    await spydra.close();
    await sandbox.close();
  });
  return { sandbox, spydra };
}
