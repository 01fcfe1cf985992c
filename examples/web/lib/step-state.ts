import { type Failure, LOOK_AGAIN } from './failure';

/** What is known of a write. */
export type StepState =
  /** The ledger shows it. */
  | { readonly state: 'committed'; readonly transactionId: string; readonly assetId: string }
  /** The ledger has accepted it, and has not committed it yet. */
  | { readonly state: 'accepted'; readonly transactionId: string; readonly assetId: string }
  /** Nothing was changed by this request. */
  | { readonly state: 'refused'; readonly failure: Failure }
  /** It may have been applied, or not. */
  | { readonly state: 'unknown'; readonly failure: Failure }
  /** The ledger does not show it; a request that was sent may still arrive. */
  | { readonly state: 'not-found' };

/** A write that may have been applied, though its last request was refused: that one's advice may say that it was not. */
export function unknownAfter(failure: Failure): StepState {
  return { state: 'unknown', failure: { ...failure, advice: LOOK_AGAIN } };
}
