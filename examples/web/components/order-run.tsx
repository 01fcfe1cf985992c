'use client';

import type { ReactNode } from 'react';
import { FailurePanel } from './failure-panel';
import styles from './order-run.module.css';
import { type ShownState, type ShownStep, useOrder } from './use-order';

interface Props {
  /** As in the address. */
  readonly order: string;
  readonly steps: readonly ShownStep[];
  /** Whether this browser has sent it, and does not know its end. */
  readonly isOpen: boolean;
  /** By step: what it is called before it is done, and after. */
  readonly titles: Readonly<Record<string, readonly [before: string, after: string]>>;
  /** What the button says that sends the order. */
  readonly confirm: string;
  /** The sentence when all is done. */
  readonly done: string;
  /** Links for when it is over. */
  readonly children: ReactNode;
}

/** Sends an order when the person confirms it, and shows the truth about it: sent, accepted, committed, or not known. */
export function OrderRun({ order, steps: initial, isOpen, titles, confirm, done, children }: Props) {
  const { steps, isRunning, run } = useOrder(order, initial, isOpen);
  const current = steps.find(({ shown }) => shown.state !== 'committed');
  const state = current?.shown.state;
  const isUnknown = state === 'unknown';
  const failure = current && 'failure' in current.shown ? current.shown.failure : undefined;
  const isSent = steps.some(({ shown }) => shown.state !== 'ready');

  return (
    <div className={styles.run}>
      {isSent && (
        <ol className={styles.steps}>
          {steps.map((step) => (
            <Progress key={step.name} step={step} titles={titles[step.name] ?? [step.name, step.name]} />
          ))}
        </ol>
      )}
      <div role="status" className={styles.status}>
        {!current && <p className={styles.done}>{done}</p>}
        {isRunning && current && <p>{SENTENCES[state ?? 'sending']}</p>}
        {!isRunning && isUnknown && (
          <p className={styles.unknown}>
            It is not known yet whether this was done. Looking again cannot do it twice: if the ledger has it, it is
            shown here; if not, it is sent again under the same key.
          </p>
        )}
        {!isRunning && state === 'refused' && <p>This request changed nothing.</p>}
      </div>
      {!isRunning && failure && <FailurePanel failure={failure} />}
      <div className={styles.actions}>
        {current && (
          <button type="button" onClick={run} disabled={isRunning}>
            {isRunning ? 'Please wait …' : isUnknown ? 'Look again' : state === 'refused' ? 'Try again' : confirm}
          </button>
        )}
        {!isRunning && children}
      </div>
    </div>
  );
}

const SENTENCES: Readonly<Record<ShownState['state'], string>> = {
  ready: 'Sending …',
  sending: 'Sent. Waiting for the ledger to accept it.',
  accepted: 'Accepted by the ledger, and waiting for its commit.',
  committed: 'Committed.',
  refused: 'Sending …',
  unknown: 'Looking …',
  'not-found': 'Sending …',
};

const MILESTONES = ['sent', 'accepted', 'committed'] as const;
/** How many milestones are reached. */
const REACHED: Readonly<Partial<Record<ShownState['state'], number>>> = { sending: 1, accepted: 2, committed: 3 };

function Progress({ step, titles }: { readonly step: ShownStep; readonly titles: readonly [string, string] }) {
  const { shown } = step;
  const reached = REACHED[shown.state] ?? 0;
  return (
    <li className={styles.step} data-state={shown.state} data-step={step.name}>
      <p className={styles.title}>{shown.state === 'committed' ? titles[1] : titles[0]}</p>
      <p className={styles.milestones}>
        {shown.state === 'unknown' || shown.state === 'refused' ? (
          <span>{shown.state === 'unknown' ? 'not known' : 'not done'}</span>
        ) : (
          MILESTONES.map((milestone, index) => (
            <span key={milestone} data-reached={index < reached}>
              {milestone}
            </span>
          ))
        )}
      </p>
      {'transactionId' in shown && (
        <p className={styles.transaction}>
          Transaction <code>{shown.transactionId}</code>
        </p>
      )}
    </li>
  );
}
