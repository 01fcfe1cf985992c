import { Refusal } from '../../express/index.js';

/** The refusal of an authenticated caller. It does not say which roles are allowed. */
export function forbidden(): Refusal {
  return new Refusal(403, 'FORBIDDEN', 'You may not do this.');
}
