import type { ServerResponse } from 'node:http';
import { json, type Script, scriptedServer } from '../../helpers/scripted-server.js';

export type Fault = (response: ServerResponse) => void;

export const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };

export const ACCEPTED = { transactionId: 't1', newBalance: 5 };

export const status =
  (code: number, headers: Record<string, string> = {}): Fault =>
  (response) =>
    json(response, code, { message: 'because' }, headers);

/** The metadata of the latest write: a ledger keeps it in the record. */
let sent: unknown;

/** Sets it for a server that a test makes itself. */
export function recordSent(metadata: unknown): void {
  sent = metadata;
}

/** A server that records its requests. */
export const ledgerServer = (script: Script) =>
  scriptedServer((request, response, n) => {
    if (request.method === 'POST') recordSent(JSON.parse(request.body).metadata);
    script(request, response, n);
  });

export function record(status: string, transactionId = 't1', error?: string) {
  const timestamp = '2026-01-01T00:00:00Z';
  return { transactionId, type: 'mint', status, assetId: 'a1', timestamp, amount: 5, error, metadata: sent };
}
