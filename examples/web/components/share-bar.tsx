import { grouped, percent } from '../lib/decimal';
import styles from './share-bar.module.css';

/** A part of a whole, with its own label. */
export interface Share {
  readonly label: string;
  /** A decimal. */
  readonly amount: string;
  /** How the amount is written. Default: grouped digits. */
  readonly text?: string;
}

interface Props {
  readonly title: string;
  readonly shares: readonly Share[];
  /** A decimal; of all shares. */
  readonly whole: string;
}

/** A stacked bar with its legend: lengths are exact to a hundredth of a percent, and amounts to the last digit. */
export function ShareBar({ title, shares, whole }: Props) {
  const shown = shares.filter(({ amount }) => amount !== '0');
  let end = 0;
  const starts = shown.map(({ amount }) => {
    end += percent(amount, whole);
    return end - percent(amount, whole);
  });
  return (
    <figure className={styles.figure}>
      <figcaption>{title}</figcaption>
      <svg className={styles.bar} aria-hidden="true">
        {shown.map(({ label, amount }, index) => (
          <rect
            key={label}
            className={styles.share}
            data-index={index % 6}
            x={`${starts[index]}%`}
            width={`${percent(amount, whole)}%`}
            height="100%"
          />
        ))}
      </svg>
      <ul className={styles.legend}>
        {shown.map(({ label, amount, text = grouped(amount) }, index) => (
          <li key={label}>
            <svg className={styles.key} aria-hidden="true">
              <rect className={styles.share} data-index={index % 6} width="100%" height="100%" rx="3" />
            </svg>
            <span className={styles.label}>{label}</span>
            <span className="number">{text}</span>
            <span className={styles.percent}>{percentText(amount, whole)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function percentText(amount: string, whole: string): string {
  const share = percent(amount, whole);
  return share === 0 && amount !== '0' ? '< 0.01 %' : `${share.toFixed(share < 1 && share > 0 ? 2 : 1)} %`;
}
