import { handler, json, orderOf, stepOf, subjectOf } from '../../../../../server/handlers';
import { close } from '../../../../../server/orders/open-orders';
import { look } from '../../../../../server/orders/run';
import { stepsOf } from '../../../../../server/orders/steps';

/** What the ledger shows of a step of the order: changes nothing there. */
export const GET = handler<{ order: string }>(['admin', 'investor'], async (session, request, { order: signed }) => {
  const order = orderOf(session, signed);
  const { searchParams } = new URL(request.url);
  const step = stepOf(order, searchParams.get('step'));
  const result = await look(session, step, subjectOf(order, searchParams.get('assetId')));
  if (result.state === 'committed' && stepsOf(order).at(-1)?.name === step.name) await close(order);
  return json(result);
});
