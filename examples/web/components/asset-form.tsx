'use client';

import { useState } from 'react';
import { dollars, moneyAboveZero, pricePerToken, wholeTokens } from '../lib/decimal';
import { FailurePanel } from './failure-panel';
import { Field } from './field';
import { usePreparedOrder } from './use-prepared-order';

const TYPES = ['real-estate', 'art', 'commodity', 'equipment'];

/** Asks for a new asset; its price follows from value and supply as one types. */
export function AssetForm() {
  const [value, setValue] = useState('');
  const [supply, setSupply] = useState('');
  const { submit, isBusy, problemOf, failure } = usePreparedOrder((form) => ({
    kind: 'offering',
    isMinted: form.has('isMinted'),
    isPublished: form.has('isPublished'),
  }));
  const [totalValue, totalSupply] = [moneyAboveZero(value), wholeTokens(supply)];
  const price = totalValue && totalSupply ? pricePerToken(totalValue, totalSupply) : undefined;
  return (
    <form onSubmit={submit} noValidate>
      <Field name="name" label="Name" problem={problemOf('name')} />
      <Field name="symbol" label="Symbol" problem={problemOf('symbol')} hint="A few letters, such as HVR." />
      <Field name="description" label="Description" problem={problemOf('description')}>
        {(described) => <textarea rows={3} {...described} />}
      </Field>
      <Field name="assetType" label="Type" problem={problemOf('assetType')}>
        {(described) => (
          <select {...described}>
            {TYPES.map((type) => (
              <option key={type} value={type}>
                {type.replace('-', ' ')}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field
        name="totalValue"
        label="Total value"
        inputMode="decimal"
        value={value}
        onChange={(event) => setValue(event.target.value)}
        problem={problemOf('totalValue')}
        hint="US dollars, such as 525,000.50."
      />
      <Field
        name="totalSupply"
        label="Total supply"
        inputMode="numeric"
        value={supply}
        onChange={(event) => setSupply(event.target.value)}
        problem={problemOf('totalSupply')}
        hint="Whole tokens that may be in circulation at once."
      />
      <dl className="lines" aria-live="polite">
        <div>
          <dt>Price per token</dt>
          <dd>{price === undefined ? '–' : dollars(price)}</dd>
        </div>
      </dl>
      <label className="check">
        <input type="checkbox" name="isMinted" defaultChecked />
        Mint all tokens into the treasury
      </label>
      <label className="check">
        <input type="checkbox" name="isPublished" />
        Then publish it
      </label>
      {failure && <FailurePanel failure={failure} />}
      <div className="actions">
        <button type="submit" disabled={isBusy}>
          Continue
        </button>
      </div>
    </form>
  );
}
