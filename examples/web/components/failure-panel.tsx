import type { Failure } from '../lib/failure';
import styles from './failure-panel.module.css';

/** What went wrong, as a sentence, and what to do. */
export function FailurePanel({ failure }: { readonly failure: Failure }) {
  const { sentence, advice, retryAfter, requestId, fields = [] } = failure;
  return (
    <div className={styles.panel} role="alert">
      <p className={styles.sentence}>{sentence}</p>
      {fields.length > 0 && (
        <ul>
          {fields.map(({ field, message }) => (
            <li key={field}>
              {field} {message}
            </li>
          ))}
        </ul>
      )}
      <p>
        {advice}
        {retryAfter !== undefined && ` Wait ${retryAfter} s.`}
      </p>
      {requestId && <p className={styles.request}>Request {requestId}</p>}
    </div>
  );
}
