import { compare, moneyAboveZero, wholeTokens } from '../../lib/decimal';
import type { FieldProblem } from '../../lib/failure';
import { asset, balanceOf } from '../backend/reads';
import { config } from '../config';
import { Refused } from '../handlers';
import type { Session } from '../session/session';
import type { Wanted } from './order';

/** What a form contains, by the names of its fields. */
export type Input = Readonly<Record<string, unknown>>;

/**
 * Returns what a form asks for, with all that the ledger needs.
 *
 * @throws Refused 400 with every field that is not valid, or 403; BackendError
 */
export async function prepare(session: Session, input: Input): Promise<Wanted> {
  if (input.kind === 'purchase') return purchase(session, input);
  if (session.role !== 'admin') throw new Refused(403);
  if (input.kind === 'offering') return offering(input);
  const { assetId, name: assetName } = await asset(session, new Fields(input).required('assetId'));
  const treasury = config().treasuryWallet;
  const fields = new Fields(input);
  const wanted = ofAsset(fields, { assetId, assetName }, treasury);
  fields.refuseProblems();
  return wanted;
}

async function purchase(session: Session, input: Input): Promise<Wanted> {
  const { role, wallet: buyerWallet } = session;
  if (role !== 'investor' || !buyerWallet) throw new Refused(403);
  const fields = new Fields(input);
  const amount = fields.tokens('amount');
  const assetId = fields.required('assetId');
  fields.refuseProblems();
  const { name: assetName, pricePerToken: price } = await asset(session, assetId);
  const sellerWallet = config().treasuryWallet;
  const left = await balanceOf(session, sellerWallet, assetId);
  if (compare(amount, left) > 0)
    throw new Refused(400, { fields: [{ field: 'amount', message: `must be at most ${left}` }] });
  return { kind: 'purchase', assetId, assetName, amount, price, sellerWallet, buyerWallet };
}

function offering(input: Input): Wanted {
  const fields = new Fields(input);
  const asset = {
    name: fields.text('name', 100),
    symbol: fields.text('symbol', 12),
    description: fields.text('description', 500),
    assetType: fields.text('assetType', 40),
    totalValue: fields.money('totalValue'),
    totalSupply: fields.tokens('totalSupply'),
  };
  fields.refuseProblems();
  const { isMinted, isPublished } = input;
  const treasuryWallet = config().treasuryWallet;
  return { kind: 'offering', asset, treasuryWallet, isMinted: isMinted === true, isPublished: isPublished === true };
}

function ofAsset(fields: Fields, subject: { assetId: string; assetName: string }, treasury: string): Wanted {
  switch (fields.input.kind) {
    case 'mint':
      return {
        kind: 'mint',
        ...subject,
        amount: fields.tokens('amount'),
        recipientWallet: fields.wallet('recipientWallet'),
        minterWallet: treasury,
      };
    case 'burn':
      return {
        kind: 'burn',
        ...subject,
        amount: fields.tokens('amount'),
        holderWallet: fields.wallet('holderWallet'),
        burnerWallet: treasury,
        reason: fields.optional('reason', 200),
      };
    case 'transfer': {
      const fromWallet = fields.wallet('fromWallet');
      const toWallet = fields.wallet('toWallet');
      if (fromWallet === toWallet) fields.refuse('toWallet', 'must be another wallet');
      return { kind: 'transfer', ...subject, amount: fields.tokens('amount'), fromWallet, toWallet };
    }
    case 'update':
      return { kind: 'update', ...subject, updates: updates(fields), updaterWallet: treasury };
    case 'publish':
      return { kind: 'publish', ...subject, publisherWallet: treasury };
    default:
      throw new Refused(400);
  }
}

/** The fields that are not empty. */
function updates(fields: Fields): Record<string, string> {
  const given = (name: string) => fields.has(name);
  const changed = {
    ...(given('name') && { name: fields.text('name', 100) }),
    ...(given('description') && { description: fields.text('description', 500) }),
    ...(given('totalValue') && { totalValue: fields.money('totalValue') }),
    ...(given('totalSupply') && { totalSupply: fields.tokens('totalSupply') }),
  };
  if (Object.keys(changed).length === 0) fields.refuse('name', 'or another field must be changed');
  return changed;
}

/** A surrogate without its other half: no address can contain it. */
const HALF_CHARACTER = /\p{Surrogate}/u;

/** Reads the fields of a form, and collects what is not valid. */
class Fields {
  readonly input: Input;
  readonly #problems: FieldProblem[] = [];

  constructor(input: Input) {
    this.input = input;
  }

  /** @throws Refused 400 */
  required(field: string): string {
    const value = this.#typed(field);
    if (value === '') this.refuse(field, 'is required');
    this.refuseProblems();
    return value;
  }

  has(field: string): boolean {
    return this.#typed(field).trim() !== '';
  }

  text(field: string, longest: number): string {
    const value = this.optional(field, longest);
    if (value === '') this.refuse(field, 'is required');
    return value;
  }

  optional(field: string, longest: number): string {
    const value = this.#typed(field).trim().normalize('NFC');
    if (value.length > longest) this.refuse(field, `must be at most ${longest} characters`);
    return value;
  }

  wallet(field: string): string {
    const value = this.text(field, 256);
    if (/[/\\\p{Cc}\p{Cf}]|^\.{1,2}$/u.test(value)) this.refuse(field, 'must be the id of a wallet');
    return value;
  }

  tokens(field: string): string {
    return this.#digits(field, wholeTokens, 'must be whole tokens above zero, such as 1000');
  }

  money(field: string): string {
    return this.#digits(field, moneyAboveZero, 'must be US dollars above zero, such as 525000.50');
  }

  /** Keeps the first problem of each field. */
  refuse(field: string, message: string): void {
    if (!this.#problems.some((known) => known.field === field)) this.#problems.push({ field, message });
  }

  /** @throws Refused 400 with every field that is not valid. */
  refuseProblems(): void {
    if (this.#problems.length > 0) throw new Refused(400, { fields: this.#problems });
  }

  #digits(field: string, read: (typed: string) => string | undefined, message: string): string {
    const value = read(this.#typed(field));
    if (value === undefined) this.refuse(field, message);
    return value ?? '';
  }

  /** What was typed. Other JSON is refused: a number was rounded when it was parsed. */
  #typed(field: string): string {
    const value = this.input[field] ?? '';
    if (typeof value === 'string' && !HALF_CHARACTER.test(value)) return value;
    this.refuse(field, 'must be a text');
    return '';
  }
}
