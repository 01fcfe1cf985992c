'use client';

import { Notice } from '../components/notice';

export default function ErrorPage({
  error,
  reset,
}: {
  readonly error: Error & { digest?: string };
  readonly reset: () => void;
}) {
  return (
    <Notice title="This page could not be shown">
      <p>
        Something went wrong on our side. What was sent to the ledger is not affected: look at it again before you
        repeat it.
      </p>
      {error.digest && <p className="hint">Error {error.digest}</p>}
      <div>
        <button type="button" onClick={reset}>
          Try again
        </button>
      </div>
    </Notice>
  );
}
