import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Does the task in a process of its own, so that none disturbs another: the module answers it by {@link answersTask}.
 */
export async function inChild<T>(module: string, task: object): Promise<T> {
  const child = fork(fileURLToPath(module), ['child'], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  child.send(task);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The process of ${JSON.stringify(task)} ended with ${code}.`);
  });
  const [answer] = await Promise.race([once(child, 'message'), ended]);
  child.disconnect();
  return answer as T;
}

/** Whether this process is such a child; then it does its task. */
export function answersTask<T>(work: (task: T) => Promise<unknown>): boolean {
  if (process.argv[2] !== 'child') return false;
  process.once('message', async (task) => process.send?.(await work(task as T), () => process.exit()));
  return true;
}
