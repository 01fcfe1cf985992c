'use client';

import { useRef, useState } from 'react';
import { compare, dollars, grouped, times, wholeTokens } from '../lib/decimal';
import { FailurePanel } from './failure-panel';
import { Field } from './field';
import styles from './purchase-dialog.module.css';
import { usePreparedOrder } from './use-prepared-order';

interface Props {
  readonly assetId: string;
  readonly name: string;
  /** US dollars. */
  readonly price: string;
  /** Whole tokens. */
  readonly left: string;
}

/** Asks for an amount, and shows what it costs and what is left afterwards; the order is confirmed on its own page. */
export function PurchaseDialog({ assetId, name, price, left }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const { submit, isBusy, problemOf, failure } = usePreparedOrder(() => ({ kind: 'purchase', assetId }));
  const amount = wholeTokens(typed);
  const isTooMuch = amount !== undefined && compare(amount, left) > 0;
  const problem = isTooMuch ? `must be at most ${grouped(left)}` : problemOf('amount');

  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Buy tokens
      </button>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby="purchase-title">
        <form onSubmit={submit} noValidate>
          <h2 id="purchase-title">Buy {name}</h2>
          <Field
            name="amount"
            label="Tokens"
            inputMode="numeric"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            problem={problem}
            hint={`Whole tokens; ${grouped(left)} are left.`}
          />
          <dl className="lines" aria-live="polite">
            <div>
              <dt>Price per token</dt>
              <dd>{dollars(price)}</dd>
            </div>
            <div className={styles.total}>
              <dt>Total</dt>
              <dd>{amount ? dollars(times(price, amount)) : '–'}</dd>
            </div>
            <div>
              <dt>Left afterwards</dt>
              <dd>{amount && !isTooMuch ? grouped((BigInt(left) - BigInt(amount)).toString()) : '–'}</dd>
            </div>
          </dl>
          {failure && <FailurePanel failure={failure} />}
          <div className="actions">
            <button type="submit" disabled={isBusy || isTooMuch}>
              Continue
            </button>
            <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
