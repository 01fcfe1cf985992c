import type { ReactNode } from 'react';

interface Props {
  readonly caption: string;
  /** The titles of the columns; those of numbers begin with `#`. */
  readonly columns: readonly string[];
  /** Rows. */
  readonly children: ReactNode;
}

/** A table that scrolls by itself where it is wider than the screen. */
export function DataTable({ caption, columns, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className={column.startsWith('#') ? 'number' : undefined}>
                {column.replace(/^#/, '')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
