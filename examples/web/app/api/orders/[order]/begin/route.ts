import { handler, json, orderOf, Refused } from '../../../../../server/handlers';
import { hasSpace, isOpen, open } from '../../../../../server/orders/open-orders';

/** Remembers in the browser that the order is sent, before it is; responds whether it was sent before. */
export const POST = handler<{ order: string }>(['admin', 'investor'], async (session, _request, { order: signed }) => {
  const order = orderOf(session, signed);
  if (!(await hasSpace({ order, signed }))) throw new Refused(409, { code: 'TOO_MANY_OPEN' });
  const wasSent = await isOpen(order);
  await open({ order, signed });
  return json({ wasSent });
});
