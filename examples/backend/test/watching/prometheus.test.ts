import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { isPrometheusHere, promtool, startPrometheus } from '../helpers/prometheus.js';
import { watched } from '../helpers/watched.js';

const DEPLOY = new URL('../../deploy/', import.meta.url).pathname;
const RULES = `${DEPLOY}prometheus/alerts.yml`;

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard: { panels: Panel[] } = JSON.parse(readFileSync(`${DEPLOY}grafana/dashboards/spydra.json`, 'utf8'));

/** The queries of the dashboard, with what Grafana would fill in. */
const panels = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }): [string, string] => [title, expr.replaceAll('$__rate_interval', '1m')]),
);

/** The expressions of the alerts: each by itself, or below `expr: |` in lines that stand further in. */
const alerts = readFileSync(RULES, 'utf8')
  .split('- alert: ')
  .slice(1)
  .map((rule): [string, string] => {
    const [, line = '', block = ''] = /^ +expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)/m.exec(rule) ?? [];
    return [rule.slice(0, rule.indexOf('\n')), (line || block).replaceAll(/\s+/g, ' ')];
  });

/** What an expression compares: without its bounds it must find something, for one that finds nothing never fires. */
const compared = (expr: string) => expr.replaceAll(/ (>|==) [\d.]+/g, '').replaceAll(' unless ', ' and ');

/** Some of everything that happens to a backend. */
async function live({ call, fail, seeded }: Awaited<ReturnType<typeof watched>>) {
  const assetId = seeded.assets.find(({ status }) => status === 'draft')?.assetId ?? '';
  const mint = { assetId, recipientWallet: 'w', amount: 5 };
  for (let i = 0; i < 3; i++) await call('GET /assets');
  await call('POST /tokens/mint', mint);
  const broken = [new Response('', { status: 502 }), new Response('', { status: 502 })];
  fail(() => broken.pop());
  await call('GET /health');
  fail((_url, init) => (init?.method === 'POST' ? new Response('', { status: 500 }) : undefined));
  await call('POST /tokens/mint', mint);
  fail(() => undefined);
}

describe('the dashboard', () => {
  it('uses the provisioned data source in every panel', () => {
    const provisioned = readFileSync(`${DEPLOY}grafana/provisioning/datasources/prometheus.yml`, 'utf8');
    const uid = /uid: (\S+)/.exec(provisioned)?.[1];
    const charts = dashboard.panels.filter(({ type }) => type !== 'row');
    expect(charts.length).toBeGreaterThan(10);
    for (const { datasource } of charts) expect(datasource?.uid).toBe(uid);
  });
});

describe.skipIf(!isPrometheusHere())('Prometheus', () => {
  it.each([
    ['the configuration', ['check', 'config', '--lint-fatal', 'prometheus.yml']],
    ['the rules', ['check', 'rules', '--lint-fatal', 'alerts.yml']],
    ['series that fire each alert, and series that do not', ['test', 'rules', 'alerts.test.yml']],
  ])('accepts %s', (_what, args) => {
    const { isContent, said } = promtool(`${DEPLOY}prometheus`, ...args);
    expect(isContent, said).toBe(true);
  });

  it('has a test for each alert', () => {
    const tests = readFileSync(`${DEPLOY}prometheus/alerts.test.yml`, 'utf8');
    expect(alerts).toHaveLength(7);
    for (const [name] of alerts) expect(tests).toMatch(new RegExp(`exp_samples:\\s+- labels: '{alertname="${name}"`));
    for (const trouble of ['unknown-outcome', 'slow-commits', 'no-commits']) expect(tests).toContain(trouble);
  });

  it('finds all series of alerts and dashboard in a backend, and fires for a write of unknown outcome', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const backend = await watched({ LOG_LEVEL: 'silent' }, { retries: 2 });
    const { query } = await startPrometheus(`127.0.0.1:${backend.port}`, RULES);
    const within = { timeout: 60_000, interval: 250 };
    await expect.poll(() => query('spydra_writes_total{type="mint", outcome="unknown"}'), within).toHaveLength(1);

    await live(backend);
    const alert = 'ALERTS{alertname="LedgerSync", trouble="unknown-outcome", type="mint", alertstate="firing"}';
    await expect.poll(() => query(alert), within).toHaveLength(1);
    for (const [name, expr] of [...alerts, ...panels]) {
      // A rate needs a second look.
      await expect.poll(() => query(compared(expr)), { ...within, message: `${name}: ${expr}` }).not.toEqual([]);
    }
    expect(await query('up{job="backend"} == 1')).toHaveLength(1);
  });
});
