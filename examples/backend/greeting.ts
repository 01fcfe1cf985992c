import type { Sample } from './ledger.js';

export interface Start {
  /** Scheme, host and port of the server. */
  readonly origin: string;
  /** Where the documented routes are mounted. */
  readonly path: string;
  readonly ledger: string;
  readonly key: AdminKey;
  readonly sample: Sample | undefined;
}

/** A key from the configuration is not printed. */
export interface AdminKey {
  readonly isMade: boolean;
  /** The key for a shell command: itself, or an expression that reads it. */
  readonly inShell: string;
}

/** Returns the text to print when the server is up. */
export function greeting({ origin, path, ledger, key, sample }: Start): string {
  const url = origin + path;
  return [
    `Listening on ${url}`,
    `Health     ${url}/health`,
    `Docs       ${origin}/docs`,
    `Metrics    ${origin}/metrics`,
    `Ledger     ${ledger}`,
    `Admin key  ${key.isMade ? `${key.inShell} (for this run; set AUTH_API_KEY for one of your own)` : key.inShell}`,
    '',
    'Try:',
    ...(sample ? sampleCommands('curl -s', url, key.inShell, sample) : commands(url)),
  ].join('\n');
}

/** Shell commands: a list, a balance, and a mint into the wallet. */
export function sampleCommands(
  curl: string,
  url: string,
  key: string,
  sample: Pick<Sample, 'assetId' | 'walletId'>,
): string[] {
  const { assetId, walletId } = sample;
  const body = JSON.stringify({ assetId, recipientWallet: walletId, amount: 100 });
  return [
    `${curl} '${url}/assets?limit=10'`,
    `${curl} ${url}/wallets/${walletId}/balance`,
    `${curl} ${url}/tokens/mint -H "X-API-Key: ${key}" -H 'Content-Type: application/json' -d '${body}'`,
  ];
}

function commands(url: string): string[] {
  return [`curl -s ${url}/health`, `curl -s '${url}/assets?limit=10'`, `curl -s ${url}/wallets/treasury/balance`];
}
