import * as z from 'zod/mini';
import { idProblem } from '../core/ids.js';

/** What a delivery claims: that a transaction had an event. It proves nothing. */
export interface WebhookHint {
  /** The id under which the ledger has the transaction. */
  readonly transactionId: string;
  readonly eventName: string;
}

const text = z.string().check(z.minLength(1), z.maxLength(1_024));

/** The documented payload of an app listener. Of its data nothing is used, and so nothing else is required. */
const appEvent = z.object({
  eventType: z.optional(text),
  eventData: z.object({ tx_id: text, event_name: z.optional(text) }),
});

/** The hint in a documented payload; none in another one. */
export function documentedHints(body: unknown): WebhookHint[] {
  const parsed = appEvent.safeParse(body);
  if (!parsed.success) return [];
  const { eventType, eventData } = parsed.data;
  const eventName = eventData.event_name ?? eventType;
  return eventName === undefined ? [] : [{ transactionId: eventData.tx_id, eventName }];
}

const hintsSchema = z.array(
  z.object({ transactionId: text.check(z.refine((id) => idProblem(id, 'read') === undefined)), eventName: text }),
);

/** What a function from body to hints has returned, or undefined if that cannot be. */
export function checkedHints(hints: unknown): readonly WebhookHint[] | undefined {
  const parsed = hintsSchema.safeParse(hints);
  return parsed.success && parsed.data.length > 0 ? parsed.data : undefined;
}
