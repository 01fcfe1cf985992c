import { randomUUID } from 'node:crypto';
import { configure } from '../configure.js';
import { connectAs, type TestNetwork } from '../test-network.js';
import { waitUntil } from '../wait-until.js';
import { Actor, type Result } from './actor.js';

/** What a case plays on: members of the network, and assets of its own. */
export class Stage {
  readonly admin: Actor;
  readonly client: Actor;
  readonly otherClient: Actor;

  constructor(readonly network: TestNetwork) {
    const actor = (member: keyof TestNetwork['members']) =>
      new Actor(connectAs(network, member), network.channel, network.chaincode);
    this.admin = actor('admin');
    this.client = actor('client');
    this.otherClient = actor('otherClient');
  }

  /** Lets clients do everything, once for a network. Waits until its peers have found each other. */
  async configure(): Promise<void> {
    const isReady = () =>
      this.admin.endorseOnce('Version').then(
        () => true,
        () => false,
      );
    await waitUntil(isReady, { timeout: 60_000 });
    await configure(this.network);
  }

  /** A write that must be valid, under a key of its own. */
  async write(actor: Actor, functionName: string, order: object): Promise<Result> {
    const { code, result } = await actor.write(functionName, order, randomUUID());
    if (code !== 'VALID') throw new Error(`${functionName} ended as ${code}`);
    return result;
  }

  /** The id of a new asset. */
  async asset(): Promise<string> {
    const texts = { name: 'House', symbol: 'HSE', description: '', assetType: 'real-estate' };
    const asset = { ...texts, totalValue: '100000000', totalSupply: '100000000' };
    return (await this.write(this.client, 'CreateAsset', { creatorWallet: 'issuer', asset })).assetId;
  }

  async mint(assetId: string, recipientWallet: string, amount: string): Promise<void> {
    await this.write(this.client, 'MintTokens', mintOrder(assetId, recipientWallet, amount));
  }

  /** Gives a wallet a settled balance: what it is credited with first is settled by a debit. */
  async settle(assetId: string, walletId: string, amount: string): Promise<void> {
    await this.mint(assetId, walletId, amount);
    await this.write(this.client, 'SweepCredits', { assetId, walletId });
  }

  close(): Promise<void> {
    for (const actor of [this.admin, this.client, this.otherClient]) actor.close();
    return this.network.close();
  }
}

export function mintOrder(assetId: string, recipientWallet: string, amount: string) {
  return { assetId, minterWallet: 'issuer', recipientWallet, amount };
}

export function transferOrder(assetId: string, fromWallet: string, toWallet: string, amount: string) {
  return { assetId, fromWallet, toWallet, amount };
}
