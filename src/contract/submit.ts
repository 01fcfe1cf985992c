import { requireDirectCall } from './direct-call.js';
import type { Identity } from './identity.js';
import { canonicalJson, type JsonObject } from './json.js';
import { Overlay } from './overlay.js';
import { type Stub, toBytes } from './stub.js';
import { type Transaction, transactionOf } from './transaction.js';

/** What one order did. */
export interface Event {
  readonly name: string;
  readonly record: JsonObject;
}

export interface Submitted {
  readonly result: JsonObject;
  /** The name of the one event that Fabric delivers for a transaction. */
  readonly eventName: string;
  /** What its payload lists, of a batch and of one order alike; empty if nothing was written. */
  readonly events: readonly Event[];
}

/** Runs a function that writes, and hands what it has written to Fabric, with one event. A replay writes nothing. */
export async function submit(
  stub: Stub,
  identity: Identity,
  run: (tx: Transaction) => Promise<Submitted>,
): Promise<JsonObject> {
  requireDirectCall(stub);
  const state = new Overlay(stub);
  const { result, eventName, events } = await run(transactionOf(stub, identity, state));
  await state.flush();
  if (events.length > 0) stub.setEvent(eventName, toBytes(canonicalJson({ records: events.map(withoutMetadata) })));
  return result;
}

/** Metadata may be large, and the record has it. */
function withoutMetadata({ name, record: { metadata, ...record } }: Event): JsonObject {
  return { ...record, event: name, ...(metadata === undefined ? {} : { hasMetadata: true }) };
}
