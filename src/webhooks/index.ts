/**
 * Receives webhooks of Spydra's listeners, and checks them against the ledger.
 *
 * @packageDocumentation
 */
export type { WebhookAuthentication } from './credentials.js';
export type { WebhookOptions, WebhookStore } from './options.js';
export type { WebhookHint } from './payload.js';
export { type WebhookCounts, type WebhookEvent, WebhookReceiver } from './receiver.js';
