import { bodyOf, handler, json, Refused } from '../../../server/handlers';
import { newOrder } from '../../../server/orders/order';
import { prepare } from '../../../server/orders/prepare';

/** Makes an order of a form, and sends nothing to the ledger yet. */
export const POST = handler(['admin', 'investor'], async (session, request) => {
  const order = newOrder(session, await prepare(session, await bodyOf(request)));
  if (!order) throw new Refused(400, { fields: [{ field: 'description', message: 'must be shorter' }] });
  return json({ order });
});
