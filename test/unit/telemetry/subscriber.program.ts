import { subscribe } from 'node:diagnostics_channel';
import { SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { FLAT } from '../../helpers/flat.js';

// A process that writes while every subscriber throws, and prints the results.

const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(error.message));
for (const name of ['request', 'write']) {
  subscribe(`spydra-sdk:${name}`, () => {
    throw new Error(`a bug of whoever listens to ${name}`);
  });
}

const sandbox = createSandbox();
const spydra = new SpydraClient(sandbox.connection());
const { assetId } = await spydra.assets.create(FLAT);
const { newBalance } = await spydra.tokens.mint({ assetId, recipientWallet: 'w', amount: 3n });
await spydra.close();
await sandbox.close();
process.stdout.write(JSON.stringify({ newBalance: String(newBalance), uncaught: [...new Set(uncaught)].sort() }));
