import { bodyOf, handler, json, orderOf, stepOf, subjectOf } from '../../../../../server/handlers';
import { close } from '../../../../../server/orders/open-orders';
import { send } from '../../../../../server/orders/run';
import { stepsOf } from '../../../../../server/orders/steps';

/** Sends a step of the order; responds when the ledger has committed it, or why it is not certain that it has. */
export const POST = handler<{ order: string }>(['admin', 'investor'], async (session, request, { order: signed }) => {
  const order = orderOf(session, signed);
  const { step: name, assetId, wasSent } = await bodyOf(request);
  const step = stepOf(order, name);
  const result = await send(session, step, subjectOf(order, assetId), wasSent !== false);
  const isLast = stepsOf(order).at(-1)?.name === step.name;
  if (result.state === 'refused' || (result.state === 'committed' && isLast)) await close(order);
  return json(result);
});
