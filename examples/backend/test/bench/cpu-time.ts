import { readdirSync, readFileSync } from 'node:fs';
import type { Topology } from '../../cluster/topology.js';

/** Microseconds of a clock tick of Linux, in which it states CPU times. */
const TICK = 10_000;

/** The processes of a topology, and the one that sends the load. */
export const PROCESSES = ['backend', 'nginx', 'Redis', 'sandbox', 'load'] as const;

/** Microseconds of CPU time by process; of a kind of which there are several, together. */
export type CpuTimes = Record<(typeof PROCESSES)[number], number>;

/** The CPU times since the processes started; of Linux only, elsewhere of the load alone. */
export function cpuTimes({ backends, nginx, redis, sandbox }: Topology): CpuTimes {
  const used = timesByGroup();
  const sum = (processes: Topology['backends']) => processes.reduce((sum, { pid }) => sum + (used.get(pid) ?? 0), 0);
  const { user, system } = process.cpuUsage();
  return {
    backend: sum(backends),
    nginx: sum([nginx]),
    Redis: sum([redis]),
    sandbox: sum([sandbox]),
    load: user + system,
  };
}

/** The CPU time of each process group: nginx is several processes. */
function timesByGroup(): Map<number | undefined, number> {
  const times = new Map<number | undefined, number>();
  for (const stat of stats()) {
    // The name, in brackets, may contain spaces; the fields after it are state, parent, group, … of proc_pid_stat(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const group = Number(fields[2]);
    const ticks = Number(fields[11]) + Number(fields[12]);
    times.set(group, (times.get(group) ?? 0) + ticks * TICK);
  }
  return times;
}

function stats(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/stat`, 'utf8');
      } catch {
        // It has just ended.
        return [];
      }
    });
}
