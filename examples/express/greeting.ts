import type { Sample } from './ledger.js';

export interface Start {
  /** Where the routes are. */
  readonly url: string;
  readonly ledger: string;
  /** The admin key, where it was made for this run; one that was given stays unseen. */
  readonly madeKey: string | undefined;
  readonly sample: Sample | undefined;
}

/** What to print when the server is up. */
export function greeting({ url, ledger, madeKey, sample }: Start): string {
  return [
    `Listening on ${url}`,
    `Health     ${url}/health`,
    `Ledger     ${ledger}`,
    `Admin key  ${madeKey ? `${madeKey} (for this run; set AUTH_API_KEY for one of your own)` : 'AUTH_API_KEY'}`,
    '',
    'Try:',
    ...commands(url, madeKey ?? '$AUTH_API_KEY', sample),
  ].join('\n');
}

function commands(url: string, key: string, sample: Sample | undefined): string[] {
  const listing = `curl -s '${url}/assets?limit=10'`;
  if (!sample) return [listing];
  const { assetId, walletId } = sample;
  const body = JSON.stringify({ assetId, recipientWallet: walletId, amount: 100 });
  return [
    listing,
    `curl -s ${url}/wallets/${walletId}/balance`,
    `curl -s ${url}/tokens/mint -H "X-API-Key: ${key}" -H 'Content-Type: application/json' -d '${body}'`,
  ];
}
