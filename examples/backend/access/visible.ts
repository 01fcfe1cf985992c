import type { TransactionRecord } from 'spydra-sdk';
import type { Caller, CallerRole } from './caller.js';

/** What of a transaction a listener sees: all fields, those that are public, or nothing. */
export type Visible = 'all' | 'public' | 'nothing';

/** Whose a transaction is for a listener: of the own wallet, else of a published asset, else of others. */
type Relation = 'own' | 'published' | 'others';

/** Who may listen to transactions, and what each role sees of them. */
export const VISIBLE: Readonly<Record<CallerRole, Readonly<Record<Relation, Visible>>>> = {
  admin: { own: 'all', published: 'all', others: 'all' },
  investor: { own: 'all', published: 'public', others: 'nothing' },
  user: { own: 'public', published: 'public', others: 'nothing' },
};

/** The fields of a transaction that are public: no wallet, no amount, no metadata. */
export const PUBLIC_FIELDS = ['transactionId', 'type', 'status', 'assetId', 'timestamp'] as const;

/** What a caller sees of a transaction of an asset. */
export function visibleTo(
  { role, wallet }: Pick<Caller, 'role' | 'wallet'>,
  { recipientWallet, holderWallet, fromWallet, toWallet }: TransactionRecord,
  isPublished: boolean,
): Visible {
  if (role === undefined) return 'nothing';
  const isOwn = wallet !== undefined && [recipientWallet, holderWallet, fromWallet, toWallet].includes(wallet);
  if (isOwn) return VISIBLE[role].own;
  return VISIBLE[role][isPublished ? 'published' : 'others'];
}
