import { type Failure, LOOK_AGAIN } from '../../lib/failure';

/** The codes of the backend for which the status does not say enough. */
const BY_CODE: Readonly<Record<string, readonly [sentence: string, advice: string]>> = {
  INSUFFICIENT_BALANCE: [
    'The seller holds fewer tokens than that.',
    'See how many are left, and choose a smaller amount.',
  ],
  SUPPLY_EXCEEDED: [
    'These tokens would exceed the total supply of the asset.',
    'Choose a smaller amount, or raise the total supply first.',
  ],
  PRICE_DIFFERS: ['The price has changed.', 'Look at the asset again, and decide with the new price.'],
  NOT_OFFERED: ['Tokens of this asset are not for sale any more.', 'Choose another asset.'],
  NOT_A_SELLER: ['This wallet does not sell to investors.', 'Tell the operator of this site.'],
  IDEMPOTENCY_CONFLICT: ['This was sent before with other contents.', 'Begin again, and see the history first.'],
  TOO_MANY_OPEN: [
    'Too many orders that were sent from this browser are not known to be done.',
    'Nothing was sent. Look again at those first.',
  ],
  TRANSACTION_FAILED: ['The ledger refused the transaction.', 'Nothing was changed. Try it once more.'],
};

const BY_STATUS: Readonly<Record<number, readonly [sentence: string, advice: string]>> = {
  400: ['Something in it is not valid.', 'Correct what is named, and send it again.'],
  401: ['Your login has ended.', 'Log in again.'],
  403: ['You may not do this.', 'Ask an administrator for the right to do it.'],
  404: ['There is nothing with this id.', 'Check the address, or go back to the list.'],
  409: ['The state of the ledger does not allow this.', 'Look at the current state before you try again.'],
  429: ['That were too many requests in a short time.', 'Wait a moment, then try again.'],
  502: ['The ledger could not process this.', 'Nothing was changed. Quote the request id to the operator.'],
  503: ['The ledger is not available right now.', 'Nothing was changed. Try again in a moment.'],
  504: ['It is not known yet whether this was done.', LOOK_AGAIN],
};

const OTHER = ['Something went wrong on our side.', 'Try again later. Quote the request id to the operator.'] as const;

/** Describes a response of the backend that is not a success, or that none came (503, or 504 for a write). */
export function failureOf(status: number, body: Partial<Failure> = {}): Failure {
  const { code = 'NO_RESPONSE', requestId, retryAfter, fields } = body;
  const [sentence, advice] = BY_CODE[code] ?? BY_STATUS[status] ?? OTHER;
  return { status, code, sentence, advice, requestId, retryAfter, fields };
}
