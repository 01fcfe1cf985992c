import type { InputHTMLAttributes, ReactNode } from 'react';

interface Props {
  readonly name: string;
  readonly label: string;
  /** Distinguishes fields of the same name on a page. */
  readonly idPrefix?: string;
  /** Why the value is not valid, as a sentence without its subject. */
  readonly problem?: string | undefined;
  readonly hint?: ReactNode;
  /** Instead of an input. */
  readonly children?: (attributes: Described) => ReactNode;
}

/** What connects a control with its hint and its problem. */
export interface Described {
  readonly id: string;
  readonly name: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

type Attributes = Omit<InputHTMLAttributes<HTMLInputElement>, 'name' | 'children'>;

/** A labelled control, with what is wrong with it where it stands. */
export function Field({ name, label, idPrefix = 'field', problem, hint, children, ...attributes }: Props & Attributes) {
  const id = `${idPrefix}-${name}`;
  const descriptions = [...(hint ? [`${id}-hint`] : []), ...(problem ? [`${id}-problem`] : [])].join(' ');
  const described: Described = {
    id,
    name,
    'aria-describedby': descriptions || undefined,
    'aria-invalid': problem ? true : undefined,
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children ? children(described) : <input autoComplete="off" {...attributes} {...described} />}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem && (
        <p className="problem" id={`${id}-problem`}>
          {label} {problem}.
        </p>
      )}
    </div>
  );
}
