/** Milliseconds. npm and tsx forward a Ctrl-C that the terminal has also sent to this process: it arrives twice. */
const ONE_KEYSTROKE = 500;

/** The exit code after Ctrl-C. */
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
