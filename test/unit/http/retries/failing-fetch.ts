import type { RetryPolicy } from 'spydra-sdk';

export const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };

export const refusal = (status: number, headers = {}) => Response.json({}, { status, headers });

export const atOnce = (more: RetryPolicy): RetryPolicy => ({ delay: () => 0, ...more });
