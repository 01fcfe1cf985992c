import { CLOCKS_DIFFER } from './clocks.js';

/** What a tag is at: every entry that was loaded under another version of it is void. */
export interface Version {
  /** As it stands in the store: an id that is used once, and until when the tag is in doubt, if it is. */
  readonly text: string;
  /** Epoch milliseconds until which nobody knows whether the tag is about to change; 0: it is not. */
  readonly doubtedUntil: number;
}

const TEXT = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:@(\d{1,16}))?$/;

/** A version that was never there before. It carries on a doubt that is over here, and may not be elsewhere. */
export function newVersion(doubtedUntil: number): Version {
  const id = crypto.randomUUID();
  return { text: doubtedUntil > Date.now() - CLOCKS_DIFFER ? `${id}@${doubtedUntil}` : id, doubtedUntil };
}

/** The version that a text is, if it is one: a store may give anything. Its doubt may stand beside it, too. */
export function readVersion(text: string | undefined, doubt?: string | undefined): Version | undefined {
  const found = text === undefined ? null : TEXT.exec(text);
  return found ? { text: found[0], doubtedUntil: Math.max(Number(found[1] ?? 0), readDoubt(doubt)) } : undefined;
}

/** Until when a tag is in doubt, as the text beside its version says; 0: it is not. */
export function readDoubt(text: string | undefined): number {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : 0;
}

export function isInDoubt({ doubtedUntil }: Version): boolean {
  return doubtedUntil > Date.now();
}
