import { type Identity, type Policy, Refusal, type Stub, type TokenContract, tokenContract } from 'spydra-sdk/contract';
import type { Proposal } from '../../../src/sandbox/simulation.js';
import type { ValidationCode } from '../../../src/sandbox/world-state.js';
import { type Envelope, FabricLedger } from '../../helpers/fabric-ledger.js';

/** Results are JSON of which a test knows the shape. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads any field, and fails where it is missing
export type Result = any;

export function identity(
  mspId: string,
  name: string,
  roles: readonly string[] = [],
  attributes: object = {},
): Identity {
  const values = new Map(Object.entries(attributes));
  return { mspId, id: `x509::/OU=client/CN=${name}::/CN=ca`, roles, attribute: (attribute) => values.get(attribute) };
}

export const ADMIN = identity('Org1MSP', 'admin', ['admin']);
export const BACKEND = identity('Org1MSP', 'backend', ['client']);
export const STRANGER = identity('Org2MSP', 'stranger', ['client', 'admin']);

const backend = [{ msp: 'Org1MSP', role: 'client' }];

/** Lets the backend of Org1MSP do everything, with all wallets. */
export const POLICY: Policy = {
  create: backend,
  mint: backend,
  burn: backend,
  void: backend,
  wallets: [{ prefix: '', owners: backend }],
};

export const ASSET = {
  name: 'House',
  symbol: 'HSE',
  description: '',
  assetType: 'real-estate',
  totalValue: '1000000',
  totalSupply: '1000000',
};

/** 2026-01-01; each transaction is proposed a second after the one before. */
export const START = Date.UTC(2026, 0, 1);

/** A channel with the contract. Arguments that are objects go out as JSON. */
export class Channel {
  readonly ledger = new FabricLedger();
  readonly #contract: TokenContract;
  #time = START;
  #key = 0;

  constructor(contract = tokenContract({ adminMsp: 'Org1MSP' })) {
    this.#contract = contract;
  }

  /** With the policy of these tests, or another one. */
  static async configured(policy: Policy = POLICY): Promise<Channel> {
    const channel = new Channel();
    await channel.submit(ADMIN, 'Configure', { policy }, channel.nextKey());
    return channel;
  }

  nextKey(): string {
    this.#key += 1;
    return `key-${this.#key}`;
  }

  endorse(who: Identity, functionName: string, ...args: readonly unknown[]): Promise<Envelope> {
    return this.propose({}, who, functionName, ...args);
  }

  propose(
    proposal: Partial<Proposal>,
    who: Identity,
    functionName: string,
    ...args: readonly unknown[]
  ): Promise<Envelope> {
    const texts = args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)));
    this.#time += 1_000;
    const run = (stub: Stub) => this.#contract.invoke(stub, who, functionName, texts);
    return this.ledger.endorse(run, { time: this.#time, ...proposal });
  }

  commit(...envelopes: readonly Envelope[]): ValidationCode[] {
    return this.ledger.commit(...envelopes);
  }

  /** Endorses, and commits in a block of its own, which must be valid. */
  async submit(who: Identity, functionName: string, ...args: readonly unknown[]): Promise<Result> {
    const envelope = await this.endorse(who, functionName, ...args);
    const [code] = this.commit(envelope);
    if (code !== 'VALID') throw new Error(`${functionName} ended as ${code}`);
    return JSON.parse(envelope.result);
  }

  async evaluate(who: Identity, functionName: string, ...args: readonly unknown[]): Promise<Result> {
    return JSON.parse((await this.endorse(who, functionName, ...args)).result);
  }

  async createAsset(fields: object = {}): Promise<string> {
    const order = { creatorWallet: 'issuer', asset: { ...ASSET, ...fields } };
    return (await this.submit(BACKEND, 'CreateAsset', order, this.nextKey())).assetId;
  }

  mint(assetId: string, recipientWallet: string, amount: string, key = this.nextKey()): Promise<Result> {
    return this.submit(BACKEND, 'MintTokens', { assetId, minterWallet: 'issuer', recipientWallet, amount }, key);
  }

  transfer(
    assetId: string,
    fromWallet: string,
    toWallet: string,
    amount: string,
    key = this.nextKey(),
  ): Promise<Result> {
    return this.submit(BACKEND, 'TransferTokens', { assetId, fromWallet, toWallet, amount }, key);
  }

  async balance(assetId: string, walletId: string): Promise<string> {
    const { balances } = await this.evaluate(BACKEND, 'Balances', walletId, assetId);
    return balances[0]?.balance ?? '0';
  }
}

/** The refusal that a call ends with. */
export async function refusalOf(call: Promise<unknown>): Promise<Result> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Refusal) return JSON.parse(error.message);
    throw error;
  }
  throw new Error('the call was not refused');
}

/** A contract that finds no claims: the negative control of what claims are for. */
export function withoutClaims(contract: TokenContract): TokenContract {
  const hide = (stub: Stub): Stub =>
    new Proxy(stub, {
      get: (target, name: keyof Stub) => {
        if (name !== 'getState') return target[name]?.bind(target);
        return async (key: string) => (key.startsWith('\0claim\0') ? new Uint8Array() : target.getState(key));
      },
    });
  return { invoke: (stub, ...call) => contract.invoke(hide(stub), ...call) };
}
