import { cookies } from 'next/headers';
import { COOKIE_OPTIONS, type Session } from '../session/session';
import { type Order, orderIn } from './order';

/*
 * Orders that were sent and whose end this browser does not know yet: one cookie for each, set before the first request
 * to the ledger and deleted when the end is known. A lost response, a closed tab or the back button does not lose them.
 */

const PREFIX = '__Host-order-';
/** Seconds. */
const LIFETIME = 7 * 86_400;
/** Characters of all of them: the header with all cookies is limited. */
const MOST = 4_500;

export interface OpenOrder {
  readonly order: Order;
  /** As in its address. */
  readonly signed: string;
}

export async function openOrders(session: Session): Promise<readonly OpenOrder[]> {
  const all = (await cookies()).getAll().filter(({ name }) => name.startsWith(PREFIX));
  return all.flatMap(({ value: signed }) => {
    const order = orderIn(signed, session);
    return order ? [{ order, signed }] : [];
  });
}

/** Whether the order was sent from this browser, and its end is not known. */
export async function isOpen(order: Order): Promise<boolean> {
  return (await cookies()).has(nameOf(order));
}

/** Whether another order can be sent: it could not be remembered beside too many open ones, of other persons too. */
export async function hasSpace({ order, signed }: OpenOrder): Promise<boolean> {
  if (await isOpen(order)) return true;
  const others = (await cookies()).getAll().filter(({ name }) => name.startsWith(PREFIX));
  return others.reduce((sum, { value }) => sum + value.length, signed.length) <= MOST;
}

export async function open({ order, signed }: OpenOrder): Promise<void> {
  (await cookies()).set(nameOf(order), signed, { ...COOKIE_OPTIONS, maxAge: LIFETIME });
}

export async function close(order: Order): Promise<void> {
  (await cookies()).set(nameOf(order), '', { ...COOKIE_OPTIONS, maxAge: 0 });
}

function nameOf({ id }: Order): string {
  return PREFIX + id;
}
