'use client';

import { FailurePanel } from './failure-panel';
import { Field } from './field';
import { usePreparedOrder } from './use-prepared-order';

/** A field of an action on an asset. */
export interface ActionField {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value?: string;
  readonly inputMode?: 'numeric' | 'decimal';
}

interface Props {
  readonly kind: string;
  readonly assetId: string;
  readonly title: string;
  readonly fields: readonly ActionField[];
}

/** Asks for what an action on an asset needs. */
export function ActionForm({ kind, assetId, title, fields }: Props) {
  const { submit, isBusy, problemOf, failure } = usePreparedOrder(() => ({ kind, assetId }));
  return (
    <details className="card">
      <summary>{title}</summary>
      <form onSubmit={submit} noValidate aria-label={title}>
        {fields.map(({ name, label, hint, value, inputMode }) => (
          <Field
            key={name}
            name={name}
            idPrefix={kind}
            label={label}
            hint={hint}
            defaultValue={value}
            inputMode={inputMode}
            problem={problemOf(name)}
          />
        ))}
        {failure && <FailurePanel failure={failure} />}
        <button type="submit" disabled={isBusy}>
          Continue
        </button>
      </form>
    </details>
  );
}
