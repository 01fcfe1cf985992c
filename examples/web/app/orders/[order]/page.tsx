import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { OrderRun } from '../../../components/order-run';
import { doneSentence, linesOf, STEP_TITLES, titleOf } from '../../../components/order-texts';
import { Shell } from '../../../components/shell';
import type { ShownState, ShownStep } from '../../../components/use-order';
import type { StepState } from '../../../lib/step-state';
import { failureOf } from '../../../server/backend/failure';
import { isOpen } from '../../../server/orders/open-orders';
import { type Order, orderIn } from '../../../server/orders/order';
import { look } from '../../../server/orders/run';
import { stepsOf } from '../../../server/orders/steps';
import { requireSession, type Session } from '../../../server/session/session';

export const metadata: Metadata = { title: 'Order' };

/** An order: to confirm it, to watch it, and to look again. Its address stays the same, and so does its key. */
export default async function OrderPage({ params }: { readonly params: Promise<{ order: string }> }) {
  const session = await requireSession('admin', 'investor');
  const { order: signed } = await params;
  const order = orderIn(signed, session);
  if (!order) notFound();
  const title = titleOf(order);
  const wasSent = await isOpen(order);
  return (
    <Shell session={session} live={false}>
      <div className="narrow">
        <h1>{title.charAt(0).toUpperCase() + title.slice(1)}</h1>
        <dl className="lines">
          {linesOf(order).map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <OrderRun
          order={signed}
          steps={await shownSteps(session, order, wasSent)}
          isOpen={wasSent}
          titles={STEP_TITLES}
          confirm={order.kind === 'purchase' ? 'Confirm purchase' : 'Confirm'}
          done={doneSentence(order)}
        >
          <Links order={order} />
        </OrderRun>
      </div>
    </Shell>
  );
}

function Links({ order }: { readonly order: Order }) {
  if (order.kind === 'offering') return <Link href="/admin">Overview</Link>;
  const asset = encodeURIComponent(order.assetId);
  if (order.kind !== 'purchase') return <Link href={`/admin/assets/${asset}`}>Back to the asset</Link>;
  return (
    <>
      <Link href="/portfolio">Your portfolio</Link>
      <Link href={`/assets/${asset}`}>Back to the asset</Link>
    </>
  );
}

/** What the ledger shows of each step, up to the first one that it does not show. */
async function shownSteps(session: Session, order: Order, wasSent: boolean): Promise<ShownStep[]> {
  const steps: ShownStep[] = [];
  let assetId: string | undefined = order.kind === 'offering' ? '' : order.assetId;
  for (const step of stepsOf(order)) {
    const found: StepState | undefined = assetId === undefined ? undefined : await look(session, step, assetId);
    steps.push({ name: step.name, shown: shownOf(found, wasSent) });
    assetId = found?.state === 'committed' ? found.assetId : undefined;
  }
  return steps;
}

/** What the ledger does not show may still be under way if it was sent before. */
function shownOf(found: StepState | undefined, wasSent: boolean): ShownState {
  if (found?.state === 'committed' || found?.state === 'accepted') return found;
  return found && wasSent ? { state: 'unknown', failure: failureOf(504) } : { state: 'ready' };
}
