import { createHash } from 'node:crypto';
import { bodyOf, handler, json, Refused, stepOf } from '../../../server/handlers';
import type { Transfer } from '../../../server/orders/order';
import { prepare } from '../../../server/orders/prepare';
import { sendAgain } from '../../../server/orders/run';

/**
 * Sends one line of a distribution. Its key follows from the reference, the asset, both wallets and how often the wallet
 * came before: the same file under the same reference is applied once, however often it is sent.
 */
export const POST = handler(['admin'], async (session, request) => {
  const body = await bodyOf(request);
  const reference = typeof body.reference === 'string' ? body.reference.trim() : '';
  if (reference === '') throw new Refused(400, { fields: [{ field: 'reference', message: 'is required' }] });
  const wanted = (await prepare(session, { ...body, kind: 'transfer' })) as Omit<Transfer, 'id' | 'user' | 'made'>;
  const { assetId, fromWallet, toWallet } = wanted;
  const identity = JSON.stringify([reference, assetId, fromWallet, toWallet, Number(body.occurrence ?? 0)]);
  const id = createHash('sha256').update(identity).digest('hex');
  const transfer: Transfer = { ...wanted, id, user: session.user, made: 0 };
  return json(await sendAgain(session, stepOf(transfer, 'transfer'), assetId));
});
