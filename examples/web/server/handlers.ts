import type { Failure } from '../lib/failure';
import { BackendError } from './backend/call';
import { failureOf } from './backend/failure';
import { type Order, orderIn } from './orders/order';
import { type Step, stepsOf } from './orders/steps';
import { currentSession, type Session } from './session/session';
import type { Role } from './session/users';

/** A refusal of this server itself. */
export class Refused extends Error {
  readonly failure: Failure;

  constructor(status: number, more: Pick<Partial<Failure>, 'code' | 'fields'> = {}) {
    super(`refused with ${status}`);
    this.failure = failureOf(status, { code: more.fields ? 'INVALID_INPUT' : 'REFUSED', ...more });
  }
}

type Context<Params> = { readonly params: Promise<Params> };
type Handler<Params> = (session: Session, request: Request, params: Params) => Promise<Response>;

/** A route handler for persons with one of these roles; failures become JSON with their status. */
export function handler<Params = object>(roles: readonly Role[], handle: Handler<Params>) {
  return async (request: Request, { params }: Context<Params>): Promise<Response> => {
    try {
      const session = await currentSession();
      if (!session) throw new Refused(401);
      if (!roles.includes(session.role)) throw new Refused(403);
      return await handle(session, request, await params);
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof BackendError)) throw error;
      return json({ failure: error.failure }, error.failure.status);
    }
  };
}

/** Never cached: every response is about a person. */
export function json(body: object, status = 200): Response {
  return Response.json(body, { status, headers: { 'Cache-Control': 'no-store' } });
}

/** The longest body. */
const LONGEST = 20_000;

/** @throws Refused 400 if the body is not a JSON object. */
export async function bodyOf(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const text = await request.text();
  const body = text.length <= LONGEST ? parsed(text) : undefined;
  if (typeof body !== 'object' || body === null) throw new Refused(400);
  return body as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws Refused 404 */
export function orderOf(session: Session, signed: string): Order {
  const order = orderIn(signed, session);
  if (!order) throw new Refused(404);
  return order;
}

/** @throws Refused 404 */
export function stepOf(order: Order, name: unknown): Step {
  const step = stepsOf(order).find((each) => each.name === name);
  if (!step) throw new Refused(404);
  return step;
}

/** The asset that an order is about; of a new one, what the browser knows from its first step. */
export function subjectOf(order: Order, known: unknown): string {
  if (order.kind !== 'offering') return order.assetId;
  return typeof known === 'string' ? known : '';
}
