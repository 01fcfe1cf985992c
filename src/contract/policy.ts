import { type Check, fail, filled, id, listOf, object, optional, text } from './fields.js';
import type { Identity } from './identity.js';
import { policyKey } from './keys.js';
import { Refusal } from './refusal.js';
import type { Transaction } from './transaction.js';

/** Identities that all of this holds for. The MSP is always named: another one's CA could issue any role or attribute. */
export interface Principal {
  readonly msp: string;
  /** An organisational unit (OU) of the certificate, such as `admin` or `client`. */
  readonly role?: string | undefined;
  /** One identity, as `getID()` gives it. */
  readonly id?: string | undefined;
  /** An attribute of the certificate with this value. */
  readonly attribute?: { readonly name: string; readonly value: string } | undefined;
  /** Only for the owners of wallets: the attribute whose value is the wallet's id. */
  readonly walletAttribute?: string | undefined;
}

/** Who owns a wallet, or all wallets whose ids begin with a prefix. */
export type WalletRule =
  | { readonly wallet: string; readonly prefix?: undefined; readonly owners: readonly Principal[] }
  | { readonly prefix: string; readonly wallet?: undefined; readonly owners: readonly Principal[] };

/** Who may write what. An empty list lets nobody in. */
export interface Policy {
  /** `CreateAsset`, `UpdateAsset`, `CreateMetadata`. */
  readonly create: readonly Principal[];
  readonly mint: readonly Principal[];
  /** A burn also has to be allowed to debit the wallet: the right alone does not destroy tokens of others. */
  readonly burn: readonly Principal[];
  /** `Void`. */
  readonly void: readonly Principal[];
  /**
   * Who may debit which wallets. The rule that names the wallet counts, else the one with the longest prefix; a wallet
   * without a rule belongs to the admins.
   */
  readonly wallets: readonly WalletRule[];
}

export type Right = 'create' | 'mint' | 'burn' | 'void';

const MAX_RULES = 1_000;
const MAX_PRINCIPALS = 100;

const principalFields = {
  msp: filled,
  role: optional(filled),
  id: optional(filled),
  attribute: optional(object({ name: filled, value: filled })),
};
const principals = listOf(object(principalFields), MAX_PRINCIPALS);
const ruleFields = object({
  wallet: optional(id),
  prefix: optional(text),
  owners: listOf(object({ ...principalFields, walletAttribute: optional(filled) }), MAX_PRINCIPALS),
});

const rule: Check<WalletRule> = (value) => {
  const checked = ruleFields(value);
  if ((checked.wallet === undefined) === (checked.prefix === undefined)) fail('must have a wallet or a prefix');
  return checked as WalletRule;
};

const rules: Check<readonly WalletRule[]> = (value) => {
  const list = listOf(rule, MAX_RULES)(value);
  const names = list.map(({ wallet, prefix }) => (wallet === undefined ? `prefix ${prefix}` : `wallet ${wallet}`));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) fail(`must name ${repeated} once`);
  return list;
};

export const policy: Check<Policy> = object({
  create: principals,
  mint: principals,
  burn: principals,
  void: principals,
  wallets: rules,
});

/** What the submitter of a transaction may do. Each method throws Refusal FORBIDDEN or NOT_CONFIGURED. */
export class Access {
  readonly #identity: Identity;
  readonly #adminMsp: string;
  readonly #policy: Policy | undefined;

  constructor(identity: Identity, adminMsp: string, policy: Policy | undefined) {
    this.#identity = identity;
    this.#adminMsp = adminMsp;
    this.#policy = policy;
  }

  requireAdmin(): void {
    if (!this.#isAdmin()) this.#forbid('configure the contract');
  }

  require(right: Right): void {
    const allowed = this.#configured()[right].some((principal) => this.#is(principal));
    if (!allowed) this.#forbid(right);
  }

  requireDebit(walletId: string): void {
    const rule = ruleFor(this.#configured().wallets, walletId);
    const isOwner = rule?.owners.some(
      (owner) => this.#is(owner) && this.#hasAttribute(owner.walletAttribute, walletId),
    );
    if (!(isOwner ?? this.#isAdmin())) this.#forbid(`debit wallet ${walletId}`);
  }

  #isAdmin(): boolean {
    return this.#identity.mspId === this.#adminMsp && this.#identity.roles.includes('admin');
  }

  #is({ msp, role, id: only, attribute }: Principal): boolean {
    const { mspId, id: ownId, roles } = this.#identity;
    return (
      msp === mspId &&
      (role === undefined || roles.includes(role)) &&
      (only === undefined || only === ownId) &&
      this.#hasAttribute(attribute?.name, attribute?.value)
    );
  }

  /** Without a name there is nothing to have. */
  #hasAttribute(name: string | undefined, value: string | undefined): boolean {
    return name === undefined || (value !== undefined && this.#identity.attribute(name) === value);
  }

  #configured(): Policy {
    if (this.#policy !== undefined) return this.#policy;
    const message = `No policy is configured, so nothing may be written. An admin of ${this.#adminMsp} has to call Configure.`;
    throw new Refusal('NOT_CONFIGURED', message);
  }

  #forbid(what: string): never {
    const { mspId, id: ownId } = this.#identity;
    throw new Refusal('FORBIDDEN', `The policy does not let ${ownId} of ${mspId} ${what}.`, { mspId, id: ownId });
  }
}

/** Puts the policy into the read set, so that no write commits behind a change of it. */
export async function accessOf({ state, identity, shared }: Transaction, adminMsp: string): Promise<Access> {
  if (shared.access !== undefined) return shared.access;
  const row = await state.get(policyKey);
  // It was checked when it was configured.
  shared.access = new Access(identity, adminMsp, row?.policy as Policy | undefined);
  return shared.access;
}

function ruleFor(all: readonly WalletRule[], walletId: string): WalletRule | undefined {
  const byName = all.find(({ wallet }) => wallet === walletId);
  const byPrefix = all.filter(({ prefix }) => prefix !== undefined && walletId.startsWith(prefix));
  const [first, ...others] = byPrefix;
  if (byName !== undefined || first === undefined) return byName;
  return others.reduce((longest, each) => (lengthOf(each) > lengthOf(longest) ? each : longest), first);
}

function lengthOf({ prefix = '' }: WalletRule): number {
  return prefix.length;
}
