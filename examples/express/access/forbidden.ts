import { Refusal } from '../answers/refusal.js';

/** Why a caller who is known is refused; not which callers would not be. */
export function forbidden(): Refusal {
  return new Refusal(403, 'FORBIDDEN', 'You may not do this.');
}
