import type { Sample } from './ledger.js';

export interface Start {
  /** Where the server is: scheme, name and port. */
  readonly origin: string;
  /** Where the documented routes are. */
  readonly path: string;
  readonly ledger: string;
  readonly key: AdminKey;
  readonly sample: Sample | undefined;
}

/** One that was given stays unseen. */
export interface AdminKey {
  readonly isMade: boolean;
  /** What a shell puts in its place: itself, or where it finds it. */
  readonly inShell: string;
}

/** What to print when the server is up. */
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

/** Lines for a shell: a list, a balance, and tokens for the wallet. */
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
