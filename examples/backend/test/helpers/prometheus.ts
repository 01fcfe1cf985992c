import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { isMissing } from '../../../../test/helpers/programs.js';

/** Whether Prometheus can be run here. */
export const isPrometheusHere = () => !isMissing('prometheus', 'promtool');

/** What `promtool` says, and whether it is content. */
export function promtool(directory: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: directory, encoding: 'utf8' });
  return { isContent: status === 0, said: stdout + stderr };
}

/** What a query has found: one entry for each series. */
export type Found = readonly { readonly metric: Readonly<Record<string, string>>; readonly value: [number, string] }[];

/** A real Prometheus on a port of its own that watches one backend by these rules; gone when the test is over. */
export async function startPrometheus(backend: string, rules: string) {
  const directory = mkdtempSync(join(tmpdir(), 'spydra-prometheus-'));
  const config = {
    global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'backend', static_configs: [{ targets: [backend] }] }],
  };
  const file = join(directory, 'prometheus.yml');
  // JSON is YAML too.
  writeFileSync(file, JSON.stringify(config));
  const child = spawn('prometheus', [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    '--log.format=json',
  ]);
  child.stdout.resume();
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });

  const address = await addressOf(child.stderr);
  return {
    query: async (expression: string): Promise<Found> => {
      const response = await fetch(`http://${address}/api/v1/query?${new URLSearchParams({ query: expression })}`);
      const { data, error } = (await response.json()) as { data?: { result: Found }; error?: string };
      if (!data) throw new Error(`${expression}: ${error}`);
      return data.result;
    },
  };
}

async function addressOf(log: NodeJS.ReadableStream): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const lines = createInterface(log);
    lines.on('line', (line) => {
      said.push(line);
      const { msg, address } = JSON.parse(line) as { msg?: string; address?: string };
      if (msg === 'Listening on' && address) resolve(address);
    });
    lines.on('close', () => reject(new Error(`Prometheus ended: ${said.join('\n')}`)));
  });
}
