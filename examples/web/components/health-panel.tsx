import type { BackendCounts } from '../server/backend/metrics';
import styles from './health-panel.module.css';

interface Props {
  readonly ledger: { readonly healthy: boolean; readonly message: string };
  readonly counts: readonly BackendCounts[];
}

/** Whether the ledger is available, and what the backends have done since their start. */
export function HealthPanel({ ledger, counts }: Props) {
  return (
    <section className="card" aria-labelledby="health">
      <h2 id="health" className={styles.title}>
        Health
      </h2>
      <p className={styles.ledger} data-healthy={ledger.healthy}>
        {ledger.healthy ? 'The ledger is available.' : `The ledger is not available: ${ledger.message}`}
      </p>
      {counts.length === 0 && <p className="hint">No metrics of the backends are configured.</p>}
      <div className={styles.backends}>
        {counts.map(({ url, cache, writes }, index) => (
          <dl key={url} className={styles.backend}>
            <div>
              <dt>Backend {index + 1}</dt>
              <dd>{cache ? 'responds' : 'does not respond'}</dd>
            </div>
            {cache && <Counts label="Cache" counts={cache} />}
            {writes && <Counts label="Writes" counts={writes} />}
          </dl>
        ))}
      </div>
    </section>
  );
}

function Counts({ label, counts }: { readonly label: string; readonly counts: ReadonlyMap<string, number> }) {
  const text = [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
  return (
    <div>
      <dt>{label}</dt>
      <dd>{text || 'none yet'}</dd>
    </div>
  );
}
