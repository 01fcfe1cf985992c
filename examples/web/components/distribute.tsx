'use client';

import { type ChangeEvent, useState } from 'react';
import { cell, type Distribution, type Row, readDistribution } from '../lib/csv';
import { grouped, sum } from '../lib/decimal';
import { DataTable } from './data-table';
import { Field } from './field';
import { type LineState, useDistribution } from './use-distribution';

interface Props {
  readonly reference: string;
  readonly fromWallet: string;
  readonly assets: readonly { readonly assetId: string; readonly name: string }[];
}

const EMPTY: Distribution = { rows: [], problems: [] };
/** Lines in the table. */
const SHOWN = 100;

/** Reads a file of wallets and amounts, sends each line, and reports what became of it. */
export function Distribute({ reference, fromWallet: treasury, assets }: Props) {
  const [{ rows, problems }, setFile] = useState(EMPTY);
  const [assetId, setAsset] = useState(assets[0]?.assetId ?? '');
  const [fromWallet, setFrom] = useState(treasury);
  const { states, isRunning, wait, run } = useDistribution({ reference, assetId, fromWallet });
  const counts = countsOf(rows, states);
  const isStarted = states.size > 0;

  async function choose(event: ChangeEvent<HTMLInputElement>): Promise<void> {
    const file = event.target.files?.[0];
    setFile(file ? readDistribution(await file.text()) : EMPTY);
  }

  return (
    <>
      <div className="narrow">
        <Field name="asset" label="Asset">
          {(described) => (
            <select
              {...described}
              value={assetId}
              disabled={isStarted}
              onChange={(event) => setAsset(event.target.value)}
            >
              {assets.map(({ assetId, name }) => (
                <option key={assetId} value={assetId}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          name="from"
          label="From wallet"
          value={fromWallet}
          disabled={isStarted}
          onChange={(event) => setFrom(event.target.value)}
        />
        <Field
          name="file"
          label="CSV file"
          type="file"
          accept=".csv,text/csv,text/plain"
          disabled={isStarted}
          onChange={choose}
        />
        <p className="hint">Reference {reference}</p>
      </div>
      {problems.length > 0 && (
        <div role="alert" className="card">
          <p className="problem">Nothing is sent until every line can be read:</p>
          <ul>
            {problems.slice(0, SHOWN).map(({ line, problem }) => (
              <li key={line}>
                Line {line} {problem}.
              </li>
            ))}
          </ul>
        </div>
      )}
      {rows.length > 0 && problems.length === 0 && (
        <>
          <p role="status">
            {rows.length} lines, {grouped(sum(rows.map(({ amount }) => amount)))} tokens. {counts.done} done,{' '}
            {counts.refused} not done, {counts.unknown} not known.
            {wait > 0 && ` Too many requests: waiting ${wait} s.`}
          </p>
          <progress className="progress" aria-label="Lines done" max={rows.length} value={counts.done} />
          <div className="actions">
            {counts.done < rows.length && (
              <button type="button" disabled={isRunning} onClick={() => run(rows)}>
                {isRunning ? 'Please wait …' : isStarted ? 'Look again, and send what is missing' : 'Distribute'}
              </button>
            )}
            {isStarted && !isRunning && (
              <button type="button" className="quiet" onClick={() => save(reference, rows, states)}>
                Save the report
              </button>
            )}
          </div>
          <Lines rows={rows.slice(0, SHOWN)} states={states} />
        </>
      )}
    </>
  );
}

function Lines({ rows, states }: { readonly rows: readonly Row[]; readonly states: ReadonlyMap<number, LineState> }) {
  return (
    <DataTable caption="Lines" columns={['Line', 'Wallet', '#Tokens', 'State']}>
      {rows.map(({ line, wallet, amount }) => (
        <tr key={line} data-line={line}>
          <td>{line}</td>
          <td className="id">{wallet}</td>
          <td className="number">{grouped(amount)}</td>
          <td>{textOf(states.get(line))}</td>
        </tr>
      ))}
    </DataTable>
  );
}

function textOf(state: LineState | undefined): string {
  if (!state) return 'not sent';
  if (state.state === 'committed') return `done, transaction ${state.transactionId}`;
  if (state.state === 'unknown') return `not known: ${state.failure.sentence}`;
  return state.state === 'refused' ? `not done: ${state.failure.sentence}` : 'sent';
}

function countsOf(rows: readonly Row[], states: ReadonlyMap<number, LineState>) {
  const count = (wanted: LineState['state']) => rows.filter(({ line }) => states.get(line)?.state === wanted).length;
  return { done: count('committed'), refused: count('refused'), unknown: count('unknown') };
}

/** Saves the report as a CSV file. */
function save(reference: string, rows: readonly Row[], states: ReadonlyMap<number, LineState>): void {
  const lines = rows.map(({ line, wallet, amount }) =>
    [String(line), cell(wallet), amount, cell(textOf(states.get(line)))].join(','),
  );
  const url = URL.createObjectURL(
    new Blob([['line,wallet,amount,state', ...lines, ''].join('\n')], { type: 'text/csv' }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = `distribution-${reference}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
