/** Milliseconds. npm and tsx pass on a Ctrl-C that the terminal has sent to us already: it comes as two. */
const ONE_KEYSTROKE = 500;

/** The exit code of a process that Ctrl-C has stopped. */
export const STOPPED = 130;

/** Aborts at the first Ctrl-C or SIGTERM; the second one ends the process at once. */
export function stopSignal(onStop: () => void): AbortSignal {
  const controller = new AbortController();
  let stoppedAt = 0;
  const hear = () => {
    if (controller.signal.aborted && Date.now() - stoppedAt > ONE_KEYSTROKE) process.exit(STOPPED);
    if (controller.signal.aborted) return;
    stoppedAt = Date.now();
    controller.abort();
    onStop();
  };
  process.on('SIGINT', hear).on('SIGTERM', hear);
  return controller.signal;
}
